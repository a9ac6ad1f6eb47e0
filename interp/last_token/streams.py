"""Tokens that attend to the sink and themselves alone: what they are at any depth depends on their row of the means.

One stream of blocks serves all prompts that share the row, and only its keys and values are kept.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from interp.ablation.means import ConditionalMeans
from interp.models.attention import Beside
from interp.models.model import Model
from interp.models.sites import resid
from interp.models.suffix import Suffix


class Streams:
    """Tokens from a depth on, each beside one of other streams or alone; run no further than somebody asks."""

    def __init__(
        self,
        model: Model,
        depth: int,
        states: Float[Tensor, "stream width"],
        positions: Int[Tensor, " stream"],
        batch: int,
        sinks: "Streams | None" = None,
        which: Int[Tensor, " stream"] | None = None,
    ):
        self._model, self._begin, self._sinks = model, depth, sinks
        self._states = torch.split(states, batch)
        self._which = [None] * len(self._states) if which is None else torch.split(which, batch)
        self._suffixes = [Suffix(model, some) for some in torch.split(positions, batch)]
        self._kept: list[tuple[Tensor, Tensor]] = []

    def kept(self, layer: int) -> tuple[Float[Tensor, "stream kv_head d_head"], Float[Tensor, "stream kv_head d_head"]]:
        """Keys and values in a block."""
        while self._begin + len(self._kept) <= layer:
            self._step(self._begin + len(self._kept))
        return self._kept[layer - self._begin]

    def _step(self, layer: int) -> None:
        """Run one more block."""
        states, keys, values = [], [], []
        for state, suffix, which in zip(self._states, self._suffixes, self._which, strict=True):
            beside = self._beside(layer, which)
            states.append(suffix.block(layer, state, beside))
            assert beside.own is not None
            keys.append(beside.own[0])
            values.append(beside.own[1])
        self._states = tuple(states)
        self._kept.append((torch.cat(keys), torch.cat(values)))

    def _beside(self, layer: int, which: Tensor | None) -> Beside:
        return nothing_beside(self._model) if self._sinks is None else beside_some(*self._sinks.kept(layer), which)


class Seen:
    """Everything that last tokens may see of others, from a wait boundary on: keys and values by row and block."""

    def __init__(
        self,
        model: Model,
        means: ConditionalMeans,
        wait: int,
        rows: Int[Tensor, "prompt position"],
        sink: bool,
        batch: int,
    ):
        self.wait, self.sink = wait, sink
        table, place = means.table(resid(wait)), means.row_position
        firsts = torch.unique(rows[:, :1]) if sink else rows.new_empty(0)
        others, inverse = torch.unique(rows[:, int(sink) : -1], return_inverse=True)
        # Position 0 comes first in the numbering, whether it is a sink or not.
        self._number = rows.new_full((len(means.counts),), -1)
        self._number[torch.cat([firsts, others])] = torch.arange(len(firsts) + len(others), device=rows.device)

        def states(of: Tensor) -> Tensor:
            return table[of.to(table.device)].to(device=model.device, dtype=model.dtype)

        def positions(of: Tensor) -> Tensor:
            return place[of.to(place.device)].to(model.device)

        self.sinks = Streams(model, wait, states(firsts), positions(firsts), batch) if sink else None
        which = torch.zeros_like(others)
        if sink:
            which.scatter_(0, inverse.flatten(), self._number[rows[:, :1]].expand_as(inverse).flatten())
        self._others = None
        if len(others):
            beside = (self.sinks, which) if sink else ()
            self._others = Streams(model, wait, states(others), positions(others), batch, *beside)
        self._both: dict[int, tuple[Tensor, Tensor]] = {}
        self._one_sink = len(firsts) == 1

    def covers(self, rows: Int[Tensor, "prompt position"]) -> bool:
        """Whether all these prompts can be served."""
        return bool((self._number[rows[:, :-1]] >= 0).all())

    def beside(
        self,
        layer: int,
        rows: Int[Tensor, "prompt seen"],
        keep: Bool[Tensor, "head seen"] | None = None,
        *,
        only_sink: bool = False,
    ) -> Beside:
        """What stands beside the last tokens of prompts in a block, given the rows of what each of them sees."""
        if only_sink:
            assert self.sinks is not None
            return beside_some(*self.sinks.kept(layer), None if self._one_sink else self._number[rows[:, 0]])
        keys, values = self._all(layer)
        numbers = self._number[rows]
        flat, shape = numbers.flatten(), (*numbers.shape, *keys.shape[1:])
        return Beside(keys[flat].view(shape), values[flat].view(shape), keep)

    def _all(self, layer: int) -> tuple[Tensor, Tensor]:
        if layer not in self._both:
            tables = [streams.kept(layer) for streams in (self.sinks, self._others) if streams is not None]
            self._both[layer] = torch.cat([keys for keys, _ in tables]), torch.cat([values for _, values in tables])
        return self._both[layer]


def nothing_beside(model: Model) -> Beside:
    """For tokens that see themselves alone."""
    nothing = torch.zeros(1, 0, model.kv_heads, model.d_head, dtype=model.dtype, device=model.device)
    return Beside(nothing, nothing)


def beside_some(
    keys: Float[Tensor, "stream kv_head d_head"],
    values: Float[Tensor, "stream kv_head d_head"],
    which: Int[Tensor, " token"] | None,
) -> Beside:
    """For tokens that each see one stream: `which`, or the only one."""
    if which is None or len(keys) == 1:
        return Beside(keys[None], values[None])
    return Beside(keys[which][:, None], values[which][:, None])


__all__ = ["Seen", "Streams", "beside_some", "nothing_beside"]
