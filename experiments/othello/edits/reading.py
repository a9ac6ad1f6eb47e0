"""A model reads all but the last move of some histories once; from there it is edited, answers, and plays on.

An edit acts on the last move alone and nothing before that move sees it, so that keys and values of the earlier moves
are the same for every edit: the last move read on top of them gives what reading it all again would, ten times faster.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from transformers import DynamicCache

from interp.activations.edits import Edit, edited
from interp.errors import ShapeError
from interp.models.model import Model
from interp.models.sites import resid

Change = Callable[[int, Float[Tensor, "case width"], slice], Float[Tensor, "case width"]]
"""(depth, the residual stream there at the last move of some cases, which cases they are) -> what to add to it."""


class State(NamedTuple):
    """What has been read."""

    cache: Any
    """Keys and values, as transformers keeps them; never changed in place."""
    mask: Bool[Tensor, "case read"]
    """Which of them are moves: shorter histories have padding behind them."""
    place: Int[Tensor, " case"]
    """The position of the next move."""


class Answer(NamedTuple):
    """What a model says after the last move of each case."""

    logits: Float[Tensor, "case token"]
    """On the CPU."""
    sizes: dict[int, Float[Tensor, " case"]]
    """By edited depth, the length of what was added."""


class Reader:
    """Cases that a model has read up to their last move."""

    def __init__(self, model: Model, tokens: Int[Tensor, "case ply"], length: Int[Tensor, " case"], batch: int):
        """`tokens` are 0 after `length` moves, of which there is at least one; `batch` cases run at a time."""
        if not len(tokens) or batch < 1 or (length < 1).any() or (length > tokens.shape[1]).any():
            raise ShapeError("every case needs a history of at least one move, and batches at least one case")
        self.model = model
        self._parts = []
        for begin in range(0, len(tokens), batch):
            where = slice(begin, begin + batch)
            last = tokens[where].gather(1, length[where, None].long() - 1)[:, 0]
            self._parts.append((where, _prefix(model, tokens[where], length[where]), last))

    def answer(self, change: Change | None = None, depths: Sequence[int] = (), scale: float = 1.0) -> Answer:
        """The logits of the next move, with `scale * change` added at every one of `depths`."""
        found = [(answer, sizes) for answer, _, sizes in self.begin(change, depths, scale)]
        logits = torch.cat([answer for answer, _ in found])
        return Answer(logits, {depth: torch.cat([sizes[depth] for _, sizes in found]) for depth in depths})

    def begin(
        self, change: Change | None = None, depths: Sequence[int] = (), scale: float = 1.0
    ) -> Iterator[tuple[Float[Tensor, "case token"], State, dict[int, Float[Tensor, " case"]]]]:
        """Batch by batch, logits, what has been read (the edit stays in it), and the lengths of what was added."""
        for where, state, last in self._parts:
            with _moved(self.model, change, depths, scale, where) as sizes:
                logits, after = read_on(self.model, state, last)
            yield logits, after, sizes


@torch.no_grad()
def read_on(model: Model, state: State, tokens: Int[Tensor, " case"]) -> tuple[Float[Tensor, "case token"], State]:
    """One more token of each case: logits on the CPU, and what has been read then. `state` stays as it is."""
    mask = torch.cat([state.mask, torch.ones_like(tokens[:, None], dtype=torch.bool)], dim=1)
    cache = copy(state.cache)
    cache.layers = [copy(layer) for layer in state.cache.layers]
    # Who has no position left is not asked any more, and only keeps the others company.
    place = state.place.clamp(max=model.context - 1)
    logits = model.hf(
        input_ids=model.checked(tokens[:, None]), past_key_values=cache, attention_mask=mask.long().to(model.device),
        position_ids=place[:, None].to(model.device), use_cache=True, return_dict=True,
    ).logits[:, 0]  # fmt: skip
    return logits.float().cpu(), State(cache, mask, state.place + 1)


@torch.no_grad()
def _prefix(model: Model, tokens: Int[Tensor, "case ply"], length: Int[Tensor, " case"]) -> State:
    before = length.long() - 1
    width = int(before.max())
    cache = DynamicCache()
    if width:
        model.hf(input_ids=model.checked(tokens[:, :width]), past_key_values=cache, use_cache=True)
    return State(cache, torch.arange(width) < before[:, None], before)


@contextmanager
def _moved(
    model: Model, change: Change | None, depths: Sequence[int], scale: float, where: slice
) -> Iterator[dict[int, Float[Tensor, " case"]]]:
    """Adds `scale * change` at the one position that is read inside the block; gives the lengths, filled as it is."""
    sizes: dict[int, Tensor] = {}
    if change is None:
        yield sizes
        return

    def moved(depth: int) -> Callable[[Tensor], Tensor]:
        def add(part: Tensor) -> Tensor:
            step = scale * change(depth, part[:, 0].float().cpu(), where)
            sizes[depth] = step.norm(dim=-1)
            return part + step[:, None].to(part)

        return add

    with edited(model, *[Edit(resid(depth), moved(depth)) for depth in depths]):
        yield sizes


__all__ = ["Answer", "Change", "Reader", "State", "read_on"]
