"""The all-for-one subgraph where only the last token is run: equal to the reference, and many times as fast.

After the wait boundary a token that is not the last sees the sink and itself alone, so its keys and values depend on
its row of the means (`streams.py`); a prompt then costs one token in the blocks that do not wait.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int64, Integer
from torch import Tensor

from interp.ablation.means import ConditionalMeans
from interp.errors import ModelError, ShapeError
from interp.last_token.cost import engine_cost
from interp.last_token.quiet import require_quiet
from interp.last_token.setting import AllForOne
from interp.last_token.streams import Seen, nothing_beside
from interp.models.attention import Beside
from interp.models.model import Model
from interp.models.reach import narrowed, reached
from interp.models.sites import resid
from interp.models.suffix import Suffix


class Distinct(NamedTuple):
    """Prompts that a setting can tell apart."""

    rows: Int64[Tensor, "distinct position"]
    """The rows of the means of each."""
    which: Int64[Tensor, " prompt"]
    """Which of them each prompt is."""


class Engine:
    """AF1(wait, transfer) of a model for prompts that `means` can serve, with the conditional mean as boundary.

    `batch` tokens run at a time. Keys and values of the last wait boundary are kept from call to call.
    Raises `ModelError` for means of another model, and a model whose attention cannot be reached.
    """

    def __init__(self, model: Model, means: ConditionalMeans, *, batch: int = 1024):
        if batch < 1:
            raise ShapeError(f"batch must be 1 or more, not {batch}")
        means.require_model(model)
        self.model, self.means, self.batch = model, means, batch
        self._narrow = narrowed(model, means.positions)
        with torch.no_grad():
            # All last tokens stand at one position: what a block is handed for one of them serves any number.
            self.last = Suffix(model, torch.tensor([means.positions - 1], device=model.device))
        self._seen: Seen | None = None

    @torch.no_grad()
    def logits(self, tokens: Integer[Tensor, "prompt position"], setting: AllForOne) -> Float[Tensor, "prompt token"]:
        """Logits at the last position.

        Raises `ShapeError` for a setting that does not fit the model, `MissingKeyError` for a prompt that the means
        cannot serve, and `ModelError` where keys and values would depend on more than their row: with a sink, when
        keys do not determine the first token; in blocks with a sliding window shorter than the prompts; inside an
        edit or a capture of the model.
        """
        prompts = self.distinct(tokens, setting)
        parts = [self.model.unembed(state) for state in self._ends(prompts.rows, setting)]
        return torch.cat(parts)[prompts.which]

    @torch.no_grad()
    def predictions(
        self, tokens: Integer[Tensor, "prompt position"], settings: Sequence[AllForOne]
    ) -> Int64[Tensor, "setting prompt"]:
        """The most likely next token in each setting; raises as `logits` does. Settings of one wait share work."""
        found = []
        for setting in settings:
            prompts = self.distinct(tokens, setting)
            parts = [self.model.unembed(state).argmax(-1) for state in self._ends(prompts.rows, setting)]
            found.append(torch.cat(parts)[prompts.which])
        return torch.stack(found)

    def forget(self) -> None:
        """Let go of the keys and values kept from the last wait boundary, and of their memory."""
        self._seen = None

    def cost(self, setting: AllForOne, prompts: int, positions: int) -> int:
        """Token-layers (`cost.py`) of a setting for prompts that all differ and together use every row of the means."""
        setting.require_fits(self.model.depth)
        place, first = self.means.row_position.cpu(), self.means.row_first.cpu()
        of = torch.bincount(place, minlength=positions).tolist()
        sinks = of[0] if setting.sink and positions > 1 else 0
        if self._looks(setting):
            return engine_cost(setting, self.model.depth, prompts, sum(of[:-1]) - sinks, sinks)
        known = bool((first[place == positions - 1] >= 0).all())
        last = of[-1] if known or not sinks else of[-1] * sinks
        return engine_cost(setting, self.model.depth, min(prompts, last), 0, sinks)

    def distinct(self, tokens: Integer[Tensor, "prompt position"], setting: AllForOne) -> Distinct:
        """The prompts as rows of the means, each once where a setting sees no difference; checks all there is."""
        require_quiet(self.model)
        setting.require_fits(self.model.depth)
        self._require_heads(setting)
        if narrow := [layer for layer in self._narrow if layer >= setting.wait]:
            raise ModelError(
                f"blocks {narrow} of {self.model.name} show a token not all that came before it in prompts of "
                f"{self.means.positions} tokens (a sliding window): use `reference`"
            )
        tokens = self.model.checked(tokens)
        home = self.means.counts.device
        rows = self.means.rows(tokens.to(home))
        if setting.sink and (self.means.row_first[rows[:, 1:-1]] != tokens[:, :1].to(home)).any():
            raise ModelError(
                "what a token is when it sees the first one depends on which one that is, and these keys do not say: "
                "fit the means with keys=with_first, or use a setting with sink=False"
            )
        rows = rows.to(self.model.device)
        looked = sorted({*self.columns(setting), rows.shape[1] - 1})
        which = torch.unique(rows[:, looked], dim=0, return_inverse=True)[1]
        of = torch.empty(int(which.max()) + 1, dtype=torch.long, device=rows.device)
        of[which] = torch.arange(len(rows), device=rows.device)
        return Distinct(rows[of], which)

    def columns(self, setting: AllForOne) -> list[int]:
        """The positions beside its own that the last token sees in at least one block."""
        last = self.means.positions - 1
        first = last if setting.transfer == 0 else max(0, last + 1 - (setting.last_n or last + 1))
        return sorted({*range(first, last), *([0] if setting.sink and last else [])})

    def seen(self, rows: Int64[Tensor, "prompt position"], setting: AllForOne) -> Seen:
        """Keys and values of everything that these prompts may see after the wait."""
        kept = self._seen
        if kept is None or (kept.wait, kept.sink) != (setting.wait, setting.sink) or not kept.covers(rows):
            kept = Seen(self.model, self.means, setting.wait, rows, setting.sink, self.batch)
            self._seen = kept
        return kept

    def begin(self, rows: Int64[Tensor, "prompt position"], wait: int) -> Float[Tensor, "prompt width"]:
        """The last tokens' states at the wait boundary."""
        table = self.means.table(resid(wait))
        return table[rows[:, -1].to(table.device)].to(device=self.model.device, dtype=self.model.dtype)

    def alone(self, layer: int, seen: Seen, rows: Int64[Tensor, "prompt position"]) -> Beside:
        """What a last token has beside it in a block in which it does not peek."""
        if seen.sink and rows.shape[1] > 1:
            return seen.beside(layer, rows, only_sink=True)
        return nothing_beside(self.model)

    def peeking(self, layer: int, seen: Seen, rows: Int64[Tensor, "prompt position"], setting: AllForOne) -> Beside:
        """What a last token has beside it in a block in which it peeks."""
        if not self._looks(setting):
            return self.alone(layer, seen, rows)
        columns = self.columns(setting)
        return seen.beside(layer, rows[:, columns], self._keep(layer, columns, setting))

    def _ends(
        self, rows: Int64[Tensor, "prompt position"], setting: AllForOne
    ) -> Iterator[Float[Tensor, "some width"]]:
        """The last tokens' states after the last block, a batch at a time."""
        seen = self.seen(rows, setting)
        with reached(self.model):
            for some in torch.split(rows, self.batch):
                state = self.begin(some, setting.wait)
                for layer in range(setting.wait, self.model.depth):
                    peeks = layer in setting.peeking
                    beside = self.peeking(layer, seen, some, setting) if peeks else self.alone(layer, seen, some)
                    state = self.last.block(layer, state, beside)
                yield state

    def _looks(self, setting: AllForOne) -> bool:
        """Whether the last token sees any but the sink and itself in some block."""
        return self.columns(setting) not in ([], [0] if setting.sink else [])

    def _keep(self, layer: int, columns: list[int], setting: AllForOne) -> Bool[Tensor, "head seen"] | None:
        """Heads that may not peek see the sink, if there is one."""
        if layer not in setting.heads:
            return None
        keep = torch.zeros(self.model.heads, len(columns), dtype=torch.bool, device=self.model.device)
        keep[sorted(setting.heads[layer])] = True
        if setting.sink:
            keep[:, 0] = True
        return keep

    def _require_heads(self, setting: AllForOne) -> None:
        for layer, heads in setting.heads.items():
            if strays := sorted(head for head in heads if not 0 <= head < self.model.heads):
                raise ShapeError(
                    f"the setting lists heads {strays} of block {layer}, which has heads 0 to {self.model.heads - 1}"
                )


__all__ = ["Distinct", "Engine"]
