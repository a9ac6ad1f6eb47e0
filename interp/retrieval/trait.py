"""The latent of a trait: the search of Zhang, Lin and Li 2025 (arXiv 2510.08203), appendix A."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import torch
from jaxtyping import Float, Float64, Int64, Integer
from torch import Tensor

from interp.activations.capture import capture
from interp.dictionaries.dictionary import Dictionary, reconstruct
from interp.errors import ShapeError
from interp.models.model import Model
from interp.models.sites import Site
from interp.retrieval.steering import Scorer, Writer


class Smallest(NamedTuple):
    """The first number of latents that brings a trait."""

    k: int | None
    """It brings the trait and k - 1 does not; None when not even all latents bring it."""
    tried: Mapping[int, float]
    """The success of each number of latents that was tried."""


def last_activations(
    model: Model, prompt: Integer[Tensor, " position"], sites: Iterable[Site | str]
) -> dict[Site, Float[Tensor, " width"]]:
    """The activation at the last token of a prompt of the trait, at each site."""
    return {one: found[0] for one, found in capture(model, prompt[None], sites, at=-1).items()}


def success(scores: Float64[Tensor, " text"]) -> float:
    """The share of texts that have the trait."""
    return float((scores > 0).double().mean())


def by_site(writer: Writer, scorer: Scorer, activations: Mapping[Site, Float[Tensor, " width"]]) -> dict[Site, float]:
    """The success of adding, at each site in turn, the activation of the trait's prompt as it is (step 2).

    The paper takes the depth of the highest success; what it reaches there is to be measured on other prompts.
    """
    return {one: success(scorer(writer(one, vector))) for one, vector in activations.items()}


def ranked(
    dictionary: Dictionary, activation: Float[Tensor, " width"]
) -> tuple[Int64[Tensor, " active"], Float[Tensor, " active"]]:
    """The active latents of one activation and how active they are, the most active first (step 3).

    Of equally active latents the lower number comes first. Raises `ShapeError` when none is active, and for an
    activation of another width.
    """
    latents = reconstruct(dictionary, activation[None])[0][0]
    latents = latents.to_dense() if latents.is_sparse else latents
    order = latents.argsort(descending=True, stable=True)
    order = order[: int((latents > 0).sum())]
    if not len(order):
        raise ShapeError("no latent of the dictionary is active in the trait's prompt at its last token")
    return order.cpu(), latents[order].cpu()


def direction(dictionary: Dictionary, latents: Integer[Tensor, " latent"]) -> Float[Tensor, " width"]:
    """The sum of what some latents write, each of length 1: the paper steers with common and not with own weights.

    Raises `ShapeError` for a latent that the dictionary has not, for one that writes nothing, and for none.
    """
    decoder = dictionary.W_dec.detach()
    if not len(latents) or int(latents.min()) < 0 or int(latents.max()) >= len(decoder):
        raise ShapeError(f"the dictionary has latents 0 to {len(decoder) - 1}, not {latents.tolist()}")
    rows = decoder[latents.to(decoder.device)].float()
    lengths = rows.norm(dim=1, keepdim=True)
    if (lengths == 0).any():
        raise ShapeError(f"among the latents {latents.tolist()} is one that writes nothing")
    sums: Tensor = (rows / lengths).sum(0)
    return sums


def smallest(succeeds: Callable[[int], float], most: int, level: float) -> Smallest:
    """The smallest k of 1 to `most` whose success is `level` at least, by binary search: k - 1 has less.

    Where success does not rise with k everywhere this is one of the places at which it comes up to `level`, as in
    the paper. Raises `ShapeError` for `most` below 1.
    """
    if most < 1:
        raise ShapeError(f"need 1 latent at least to search among, not {most}")
    tried = {most: succeeds(most)}
    if tried[most] < level:
        return Smallest(None, tried)
    below, enough = 0, most
    while enough - below > 1:
        middle = (below + enough) // 2
        tried[middle] = succeeds(middle)
        below, enough = (below, middle) if tried[middle] >= level else (middle, enough)
    return Smallest(enough, tried)


def first_latents(
    writer: Writer,
    scorer: Scorer,
    site: Site,
    dictionary: Dictionary,
    latents: Int64[Tensor, " active"],
    length: float,
    level: float,
) -> Smallest:
    """How many of the `latents`, in their order, bring the trait when each is added with `length` (step 3).

    `length` is a strength times the mean norm at the site (`mean_norms`). The latent of the trait is the k-th.
    """

    def succeeds(k: int) -> float:
        return success(scorer(writer(site, length * direction(dictionary, latents[:k]))))

    return smallest(succeeds, len(latents), level)


def alike(
    densities: Float64[Tensor, " latent"], latent: int, count: int, generator: torch.Generator, *, near: int = 32
) -> Int64[Tensor, " drawn"]:
    """`count` other latents, drawn from the `near` that are nearest to `latent` by how often they fire.

    Nearest by rank among those that fire at all, half of them on either side where there are so many. Raises
    `ShapeError` when too few latents fire.
    """
    alive = (densities > 0).nonzero()[:, 0]
    alive = alive[alive != latent]
    if count < 1 or len(alive) < count or near < count:
        raise ShapeError(f"{len(alive)} other latents fire, {near} are near: too few to draw {count} from")
    order = alive[densities[alive].argsort(stable=True)]
    own = int((densities[order] < densities[latent]).sum())
    first = max(0, min(own - near // 2, len(order) - near))
    pool = order[first : first + near]
    return pool[torch.randperm(len(pool), generator=generator)[:count]]


__all__ = [
    "Smallest", "alike", "by_site", "direction", "first_latents", "last_activations", "ranked", "smallest", "success",
]  # fmt: skip
