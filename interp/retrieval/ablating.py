"""What later tokens lose when the stream at some places is put to a mean: places of one class against another's."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int64, Integer
from torch import Tensor

from interp.activations.capture import capture
from interp.activations.edits import Edit, edited
from interp.errors import ShapeError
from interp.models.model import Model
from interp.models.sites import Site
from interp.retrieval.pairs import Pairs
from interp.sequences import Sequences
from interp.stats import Interval, bootstrap
from interp.surprisals import surprisals

ARMS = ("one", "other")
"""The two sides of pairs."""


class Means(NamedTuple):
    """What takes the place of a state: one row a token."""

    values: Float[Tensor, "token width"]
    """The mean state at the token: in its place the context is lost, and which token it is stays."""
    mean: Float[Tensor, " width"]
    """The mean over all."""
    counts: Int64[Tensor, " token"]
    """Occurrences of each token; one with too few has the mean over all."""

    @property
    def flat(self) -> "Means":
        """The same mean for every token: the token is lost, too."""
        return self._replace(values=self.mean.expand_as(self.values))


@dataclass(frozen=True, eq=False)
class Ablation:
    """Losses by document, in nats, and what mean ablation on either side of some pairs adds to them."""

    loss: Float64[np.ndarray, " document"]
    """Of the later tokens without any ablation, summed."""
    later: Float64[np.ndarray, "arm document"]
    """What is added to them, summed. Both arms are measured on the same tokens: those read at places of no pair, behind
    the first place of any."""
    later_count: Int64[np.ndarray, " document"]
    """How many these are."""
    own: Float64[np.ndarray, "arm document"]
    """What is added at the ablated places themselves, each its own, summed."""
    own_count: Int64[np.ndarray, "arm document"]
    """How many these are."""
    moved: tuple[float, float]
    """How far a place is moved on average: the distance to the mean in units of the mean norm of the states there."""

    def change(self, arm: int, generator: np.random.Generator) -> Interval:
        """Nats that a later token loses when arm 0 or 1 is ablated."""
        return bootstrap(self.later[arm], self.later_count, generator)

    def difference(self, generator: np.random.Generator) -> Interval:
        """Arm 0 less arm 1 of the same tokens: above 0 where the first class matters more to those that follow."""
        return bootstrap(self.later[0] - self.later[1], self.later_count, generator)

    def at_places(self, arm: int, generator: np.random.Generator) -> Interval:
        """Nats that an ablated place loses in its own prediction."""
        return bootstrap(self.own[arm], self.own_count[arm], generator)


@torch.no_grad()
def means(model: Model, site: Site | str, sequences: Sequences, *, fewest: int = 10, batch: int = 32) -> Means:
    """The mean state at a site over the positions that count, without the first of each sequence: by token, and of all.

    Tokens that occur less than `fewest` times get the mean of all. Raises `ShapeError` if nothing counts.
    """
    (found,) = model.find(site)
    kept = sequences.kept.clone()
    kept[:, 0] = False
    if not kept.any():
        raise ShapeError(f"no position of {sequences.source} counts")
    sums = torch.zeros(model.vocabulary, model.width, dtype=torch.float64)
    counts = torch.zeros(model.vocabulary, dtype=torch.int64)
    for some, counted in zip(torch.split(sequences.tokens.long(), batch), torch.split(kept, batch), strict=True):
        states = capture(model, some, found)[found].double().cpu()
        sums.index_add_(0, some[counted], states[counted])
        counts += torch.bincount(some[counted], minlength=model.vocabulary)
    mean = sums.sum(0) / counts.sum()
    own = sums / counts.clamp_min(1)[:, None]
    values = torch.where((counts >= max(fewest, 1))[:, None], own, mean)
    return Means(values.to(model.dtype), mean.to(model.dtype), counts)


def ablation(
    model: Model,
    site: Site | str,
    sequences: Sequences,
    pairs: Pairs,
    mean: Means,
    *,
    plain: Float64[Tensor, "sequence read"] | None = None,
    batch: int = 32,
) -> Ablation:
    """Put the stream at each side of the pairs to the mean, and see what the tokens read elsewhere lose by it.

    A loss is that of the next token, counted for the document of the token that is read; it counts where both are kept
    and of one document. `plain` are the model's own losses, as `surprisals` gives them, where they are known already.
    Raises `ShapeError` for pairs of another text and when no later token is left.
    """
    (found,) = model.find(site)
    if pairs.one.shape != sequences.tokens.shape:
        raise ShapeError(f"pairs of {list(pairs.one.shape)} places for {list(sequences.tokens.shape)} tokens")
    if mean.values.shape != (model.vocabulary, model.width):
        raise ShapeError(f"means {list(mean.values.shape)} for {model.vocabulary} tokens of width {model.width}")
    tokens, arms = sequences.tokens.long(), (pairs.one, pairs.other)
    plain = surprisals(model, tokens, batch=batch) if plain is None else plain
    runs = [_ablated(model, found, tokens, arm, mean, batch) for arm in arms]
    changes = torch.stack([loss - plain for loss, _ in runs])
    documents, inverse = torch.unique(sequences.documents[:, :-1], return_inverse=True)
    follows = sequences.kept[:, :-1] & sequences.kept[:, 1:]
    follows &= sequences.documents[:, :-1] == sequences.documents[:, 1:]
    later = follows & _behind(arms)
    if not later.any():
        raise ShapeError("no token is read behind an ablated place: all of them are in pairs")
    own = [arm[:, :-1] & follows for arm in arms]

    def summed(numbers: Tensor, where: Tensor) -> np.ndarray:
        return torch.zeros(len(documents), dtype=torch.float64).index_add_(0, inverse[where], numbers[where]).numpy()

    ones = torch.ones_like(plain)
    return Ablation(
        summed(plain, later), np.stack([summed(change, later) for change in changes]),
        summed(ones, later).astype(np.int64),
        np.stack([summed(change, where) for change, where in zip(changes, own, strict=True)]),
        np.stack([summed(ones, where) for where in own]).astype(np.int64), (runs[0][1], runs[1][1]),
    )  # fmt: skip


def _behind(arms: tuple[Tensor, Tensor]) -> Bool[Tensor, "sequence read"]:
    """Places of no pair that have one before them."""
    either = arms[0] | arms[1]
    return (~either & (either.long().cumsum(1) > 0))[:, :-1]


def _ablated(
    model: Model,
    site: Site,
    tokens: Integer[Tensor, "sequence position"],
    where: Bool[Tensor, "sequence position"],
    mean: Means,
    batch: int,
) -> tuple[Float64[Tensor, "sequence read"], float]:
    """The losses of all tokens, and how far the ablated places are moved."""
    losses, distance, norm = [], 0.0, 0.0
    for some, chosen in zip(torch.split(tokens, batch), torch.split(where, batch), strict=True):
        mask = chosen[:, :-1, None].to(model.device)  # the last token is predicted only
        instead = mean.values.to(model.device)[some[:, :-1].to(model.device)]
        states = capture(model, some[:, :-1], site)[site]
        distance += float(((instead - states) * mask).norm(dim=-1).sum())
        norm += float((states * mask).norm(dim=-1).sum())
        edit = Edit(site, _put(mask, instead))
        with edited(model, edit):
            losses.append(surprisals(model, some, batch=batch))
    return torch.cat(losses), distance / norm


def _put(
    mask: Bool[Tensor, "sequence read 1"], instead: Float[Tensor, "sequence read width"]
) -> Callable[[Tensor], Tensor]:
    """The change of an edit. The single token by which `surprisals` looks at the unembedding passes as it is."""
    return lambda part: torch.where(mask, instead, part) if part.shape == instead.shape else part


__all__ = ["ARMS", "Ablation", "Means", "ablation", "means"]
