"""What takes the place of the residual stream where blocks wait: the conditional mean, and what it is compared with."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from interp.ablation.donors import Kept, draws, others, seed_from
from interp.ablation.keys import Keys, by_token, keyed
from interp.ablation.means import ConditionalMeans
from interp.ablation.rows import laid_out
from interp.activations.capture import capture
from interp.errors import MissingKeyError
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
        means.require_length(tokens)
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
    kept = Kept(model, model.checked(donors), batch)
    seed = seed_from(generator)

    def states(depth: int, tokens: Tensor) -> Tensor:
        kept.require_length(tokens)
        chosen = draws(tokens, seed)[:, 0].to(model.device) % len(kept.donors)
        return kept.at(depth)[others(kept.donors, tokens.to(model.device), chosen)]

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
    kept = Kept(model, model.checked(donors), batch)
    layout, rows = laid_out(kept.donors, keyed(keys, kept.donors))
    # The donors of row r are order[starts[r]:starts[r] + counts[r]].
    order = rows.T.flatten().argsort(stable=True) % len(rows)
    starts = layout.counts.cumsum(0) - layout.counts
    seed = seed_from(generator)

    def states(depth: int, tokens: Tensor) -> Tensor:
        kept.require_length(tokens)
        wanted = keyed(keys, tokens)
        found = layout.find(wanted)
        if (found < 0).any():
            prompt, position = (found < 0).nonzero()[0].tolist()
            raise MissingKeyError(
                f"key {int(wanted[prompt, position])} (token {int(tokens[prompt, position])}) at position {position} "
                "has no contexts: no donor has it there"
            )
        drawn = draws(tokens, seed).to(model.device) % layout.counts[found]
        position = torch.arange(tokens.shape[1], device=model.device)
        return kept.at(depth)[order[starts[found] + drawn], position]

    return Boundary("same token", states)


__all__ = ["Boundary", "conditional", "nothing", "plain_mean", "resample", "same_token", "zero"]
