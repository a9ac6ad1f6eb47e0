"""What takes the place of the residual stream where blocks wait: the conditional mean, and what it is compared with."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Float, Int64, Integer
from numpy.typing import NDArray
from torch import Tensor

from interp.ablation.keys import Keys, by_token, keyed
from interp.ablation.means import ConditionalMeans
from interp.ablation.rows import laid_out
from interp.activations.capture import capture
from interp.errors import MissingKeyError, ShapeError
from interp.models.model import Model
from interp.models.sites import resid


@dataclass(frozen=True)
class Boundary:
    """States of the residual stream for prompts whose first blocks do not run."""

    name: str
    """What it is called in tables and files."""
    make: Callable[[int, Tensor], Tensor] = field(repr=False)
    """Depth and tokens -> states."""

    def states(self, depth: int, tokens: Integer[Tensor, "batch position"]) -> Float[Tensor, "batch position width"]:
        """What stands at `resid(depth)` for `tokens`. The same prompt gets the same, in whatever batch it comes."""
        return self.make(depth, tokens)


def nothing(model: Model) -> Boundary:
    """The prompts' own states: no ablation."""
    return Boundary("nothing", lambda depth, tokens: capture(model, tokens, resid(depth))[resid(depth)])


def conditional(means: ConditionalMeans) -> Boundary:
    """The conditional mean at every position, the last included: the boundary of Mamidanna et al. 2025."""
    return Boundary("conditional mean", lambda depth, tokens: means.at(resid(depth), tokens))


def plain_mean(means: ConditionalMeans) -> Boundary:
    """The mean over all prompts at each position, whatever stands there."""

    def states(depth: int, tokens: Tensor) -> Tensor:
        if tokens.shape[1] != means.positions:
            raise MissingKeyError(
                f"means of prompts of {means.positions} tokens say nothing about prompts of {tokens.shape[1]}"
            )
        return means.mean(resid(depth)).expand(len(tokens), -1, -1)

    return Boundary("plain mean", states)


def zero(model: Model) -> Boundary:
    """Zeros."""

    def states(depth: int, tokens: Tensor) -> Tensor:
        model.find(resid(depth))
        return torch.zeros(*tokens.shape, model.width, dtype=model.dtype, device=model.device)

    return Boundary("zero", states)


def resample(
    model: Model, donors: Integer[Tensor, "donor position"], generator: torch.Generator, batch: int = 512
) -> Boundary:
    """The states of one other prompt, drawn from `donors` for each prompt.

    One draw from `generator` decides for good: a prompt keeps its donor at every depth. The states of the donors at
    the depth asked for last are kept.
    Raises `ShapeError` for prompts of another length, and for a prompt when no donor differs from it.
    """
    kept = _Kept(model, model.checked(donors), batch)
    seed = _seed(generator)

    def states(depth: int, tokens: Tensor) -> Tensor:
        kept.require_length(tokens)
        chosen = _draws(tokens, seed)[:, 0] % len(kept.donors)
        return kept.at(depth)[_others(kept.donors, tokens.to(kept.donors.device), chosen.to(kept.donors.device))]

    return Boundary("resample", states)


def same_token(
    model: Model,
    donors: Integer[Tensor, "donor position"],
    generator: torch.Generator,
    keys: Keys = by_token,
    batch: int = 512,
) -> Boundary:
    """At every position the state, there, of one donor with the same key there: a conditional mean over one context.

    Donors are drawn for each prompt and position, and kept as by `resample`; a donor may be the prompt itself, so
    hand in others than the prompts to be judged. Raises `MissingKeyError` for a key that no donor has there.
    """
    kept = _Kept(model, model.checked(donors), batch)
    layout, rows = laid_out(kept.donors, keyed(keys, kept.donors))
    # The donors of row r are order[starts[r]:starts[r] + counts[r]].
    order = rows.T.flatten().argsort(stable=True) % len(rows)
    starts = layout.counts.cumsum(0) - layout.counts
    seed = _seed(generator)

    def states(depth: int, tokens: Tensor) -> Tensor:
        kept.require_length(tokens)
        wanted = keyed(keys, tokens)
        found = layout.find(wanted)
        if (found < 0).any():
            prompt, position = (found < 0).nonzero()[0].tolist()
            raise MissingKeyError(
                f"key {int(wanted[prompt, position])} (token {int(tokens[prompt, position])}) has 0 contexts at "
                f"position {position}: no donor has it there"
            )
        draws = _draws(tokens, seed).to(found.device) % layout.counts[found]
        position = torch.arange(tokens.shape[1], device=found.device)
        return kept.at(depth)[order[starts[found] + draws], position]

    return Boundary("same token", states)


class _Kept:
    """The states of donors at the depth asked for last."""

    def __init__(self, model: Model, donors: Int64[Tensor, "donor position"], batch: int):
        self.model, self.donors, self.batch = model, donors, batch
        self._depth, self._states = -1, torch.empty(0)

    def at(self, depth: int) -> Float[Tensor, "donor position width"]:
        if depth != self._depth:
            self._states = torch.empty(0)  # two depths at a time would double the memory
            self._states = capture(self.model, self.donors, resid(depth), batch=self.batch)[resid(depth)]
            self._depth = depth
        return self._states

    def require_length(self, tokens: Tensor) -> None:
        if tokens.shape[1] != self.donors.shape[1]:
            raise ShapeError(f"donors of {self.donors.shape[1]} tokens cannot stand in for {tokens.shape[1]}")


def _others(
    donors: Int64[Tensor, "donor position"], tokens: Tensor, chosen: Int64[Tensor, " batch"]
) -> Int64[Tensor, " batch"]:
    """`chosen`, moved on to the next donor wherever it is the prompt itself."""
    for _ in range(len(donors)):
        same = (donors[chosen] == tokens).all(1)
        if not same.any():
            return chosen
        chosen = torch.where(same, (chosen + 1) % len(donors), chosen)
    raise ShapeError("a prompt needs a donor that is another prompt, and all donors are the same as it")


def _seed(generator: torch.Generator) -> int:
    return int(torch.randint(2**62, (1,), generator=generator, device=generator.device))


def _draws(tokens: Integer[Tensor, "batch position"], seed: int) -> Int64[Tensor, "batch position"]:
    """A random number from 0 to 2**62 for each position of each prompt: a function of all its tokens and the seed."""
    ids = tokens.long().cpu().numpy().astype(np.uint64)
    state = np.full(len(ids), seed, np.uint64)
    for column in ids.T:
        state = _mixed(state ^ column)
    places = np.arange(ids.shape[1], dtype=np.uint64)
    return torch.from_numpy((_mixed(state[:, None] + _mixed(places)) >> np.uint64(2)).astype(np.int64))


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014): neighbouring numbers go far apart."""
    numbers = numbers + np.uint64(0x9E3779B97F4A7C15)
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


__all__ = ["Boundary", "conditional", "nothing", "plain_mean", "resample", "same_token", "zero"]
