"""Conditional means: the mean activation at a site given what stands at a position (context-aware mean ablation)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from jaxtyping import Bool, Float, Int64, Integer
from torch import Tensor

from interp.ablation.keys import Keys, keyed
from interp.ablation.rows import Rows
from interp.errors import MissingKeyError, ModelError, ShapeError, unknown
from interp.models.fingerprint import fingerprint
from interp.models.model import Model
from interp.models.sites import Site, site


@dataclass(frozen=True, eq=False)
class ConditionalMeans:
    """Mean activations over all prompts that have the same key at the same position (Mamidanna et al. 2025, CAMA).

    They keep what the token does to a site on average in these prompts, and lose what the other tokens of one prompt
    told it. Make them with `conditional_means`.
    """

    values: Mapping[Site, Float[Tensor, "row *rest"]]
    """The means, by site: a row for each key at each position."""
    layout: Rows
    """What each row is about."""
    keys: Keys
    """The condition."""
    floor: int
    """Fewest contexts with which a mean is handed out."""
    model: str
    """Fingerprint of the model that was run."""

    @property
    def sites(self) -> tuple[Site, ...]:
        """The sites whose means are known."""
        return tuple(self.values)

    @property
    def positions(self) -> int:
        """The length of the prompts."""
        return len(self.slots)

    @property
    def slots(self) -> tuple[Int64[Tensor, " key"], ...]:
        """The keys seen at each position, ascending; rows are numbered in this order."""
        return self.layout.slots

    @property
    def counts(self) -> Int64[Tensor, " row"]:
        """The number of contexts (prompts) behind each row."""
        return self.layout.counts

    @property
    def row_position(self) -> Int64[Tensor, " row"]:
        """The position to which each row belongs."""
        return self.layout.position

    @property
    def row_token(self) -> Int64[Tensor, " row"]:
        """A token with which the row can be run; the smallest, where several share its key."""
        return self.layout.token

    @property
    def row_first(self) -> Int64[Tensor, " row"]:
        """The first token of the row's prompts; -1 where several first tokens share the row."""
        return self.layout.first

    def rows(self, tokens: Integer[Tensor, "batch position"]) -> Int64[Tensor, "batch position"]:
        """The row of each token.

        Raises `MissingKeyError` for a key never seen at its position, one with fewer contexts than the floor, and
        prompts of another length.
        """
        self.require_length(tokens)
        keys = keyed(self.keys, tokens)
        found = self.layout.find(keys)
        contexts = self._contexts(found)
        if (contexts < self.floor).any():
            prompt, position = (contexts < self.floor).nonzero()[0].tolist()
            raise MissingKeyError(
                f"key {int(keys[prompt, position])} (token {int(tokens[prompt, position])}) at position {position} has "
                f"too few contexts: {int(contexts[prompt, position])}, and at least {self.floor} are asked for. Leave "
                "such prompts out (`known` says which), or fit on more."
            )
        return found

    def known(self, tokens: Integer[Tensor, "batch position"]) -> Bool[Tensor, " batch"]:
        """Which prompts could be served: all their keys have contexts enough. None, when the length is another."""
        if not self._fits(tokens):
            return torch.zeros(len(tokens), dtype=torch.bool, device=self.counts.device)
        return (self._contexts(self.layout.find(keyed(self.keys, tokens))) >= self.floor).all(1)

    def table(self, where: Site | str) -> Float[Tensor, "row *rest"]:
        """The means of a site, row by row; raises `UnknownNameError` for a site that was not asked for."""
        found = site(where) if isinstance(where, str) else where
        if found not in self.values:
            names = [known.name for known in self.values]
            raise unknown("site with means", found.name, names, hint="Ask for it when you fit them.")
        return self.values[found]

    def at(self, where: Site | str, tokens: Integer[Tensor, "batch position"]) -> Float[Tensor, "batch position *rest"]:
        """The mean of a site at each token, given its key; raises as `rows` and `table` do."""
        return self.table(where)[self.rows(tokens)]

    def smallest(self, tokens: Integer[Tensor, "batch position"]) -> int:
        """The fewest contexts behind any mean that these prompts use; raises as `rows` does."""
        return int(self.counts[self.rows(tokens)].min())

    def mean(self, where: Site | str) -> Float[Tensor, "position *rest"]:
        """The plain mean over all prompts, position by position: the control that forgets the token itself."""
        table = self.table(where)
        weights = self.counts.double().view(-1, *[1] * (table.ndim - 1))
        sums = table.new_zeros((self.positions, *table.shape[1:]), dtype=torch.float64)
        sums.index_add_(0, self.row_position, weights * table)
        return (sums / self.counts[self.row_position == 0].sum()).to(table.dtype)

    def require_length(self, tokens: Integer[Tensor, "batch position"]) -> None:
        """Raise `MissingKeyError` for prompts of another length."""
        if not self._fits(tokens):
            raise MissingKeyError(
                f"means of prompts of {self.positions} tokens say nothing about prompts of {tokens.shape[1]}"
            )

    def require_model(self, model: Model) -> None:
        """Raise `ModelError` when `model` is not the one that was run to get these means."""
        if fingerprint(model) != self.model:
            raise ModelError(f"these means were fitted on a model with other weights than {model.name}. Fit them anew.")

    def to(self, device: torch.device | str) -> "ConditionalMeans":
        """The same means on another device."""
        values = {one: table.to(device) for one, table in self.values.items()}
        return replace(self, values=values, layout=self.layout.to(device))

    def save(self, path: Path | str) -> None:
        """Write one safetensors file; raises `FileError` when it cannot be written."""
        from interp.ablation.saving import write

        write(self, Path(path))

    @classmethod
    def load(cls, path: Path | str, *, keys: Keys | None = None) -> "ConditionalMeans":
        """What `save` wrote, on the CPU. `keys` is the function that they were fitted with, if it is your own.

        Raises `FileError` for a file that is missing, truncated or of another kind, and when the keys are others.
        """
        from interp.ablation.saving import read

        return read(Path(path), keys)

    def _fits(self, tokens: Tensor) -> bool:
        if tokens.ndim != 2:
            raise ShapeError(f"tokens must be integers [batch, position], not {list(tokens.shape)}")
        return tokens.shape[1] == self.positions

    def _contexts(self, rows: Int64[Tensor, "batch position"]) -> Int64[Tensor, "batch position"]:
        """How many contexts are behind each row; 0 for row -1."""
        return self.counts[rows.clamp_min(0)].where(rows >= 0, 0)


__all__ = ["ConditionalMeans"]
