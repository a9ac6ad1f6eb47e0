"""Pairs of a latent and a square's flag: chosen on one half, confirmed on the other, followed into strata."""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int, Int64, Real
from torch import Tensor

from experiments.othello.dictionaries.stability.flags import Flags
from experiments.othello.dictionaries.stability.strata import stratified
from interp.errors import ShapeError
from interp.matching.latents import positives
from interp.matching.ranking import areas

THRESHOLD = 0.8
"""Du et al. 2025 (arXiv 2501.07108), section 3.4: a latent with a higher AUROC tells that a square is stable."""
STRATA = ("ply", "taken", "ply and taken", "shuffled ply")
"""Rows of the same ply; rows in which the square is taken; both; and, as a control, plies in other rows."""


class Chosen(NamedTuple):
    """Pairs above the threshold on the half for choosing."""

    latent: Int64[Tensor, " pair"]
    label: Int64[Tensor, " pair"]
    """As in `Flags.labels`."""


class Pairs(NamedTuple):
    """Chosen pairs and what became of them on the other half."""

    latent: Int64[np.ndarray, " pair"]
    label: Int64[np.ndarray, " pair"]
    report: Float64[np.ndarray, " pair"]
    """AUROC on the other half; NaN where the flag has one class there."""
    within: dict[str, Float64[np.ndarray, " pair"]]
    """By `STRATA`, of the confirmed pairs: the AUROC among rows of one stratum. NaN elsewhere, and where no stratum
    has both classes: a corner is stable wherever it is taken."""

    @property
    def confirmed(self) -> Bool[np.ndarray, " pair"]:
        """Above the threshold on the other half, too."""
        passed: Bool[np.ndarray, " pair"] = self.report > THRESHOLD
        return passed


def choose(latents: Float[Tensor, "row latent"], labels: Bool[Tensor, "row label"]) -> Chosen:
    """All pairs with an AUROC above the threshold. Only latents that can reach it are ranked, few of a sparse kind."""
    able = (ceiling(latents, labels) > THRESHOLD - 1e-9).any(1).nonzero()[:, 0]
    if not len(able):
        return Chosen(able, able)
    place, label = (areas(latents[:, able], labels) > THRESHOLD).nonzero(as_tuple=True)
    return Chosen(able[place], label)


def ceiling(latents: Float[Tensor, "row latent"], labels: Bool[Tensor, "row label"]) -> Float64[Tensor, "latent label"]:
    """What no AUROC can exceed, given in how many rows with and without the label a latent fires.

    At best every firing row with the label beats all without it. A silent row with the label ties with silent rows
    and loses to the others. So a latent must fire in at least 60 % of the rows with a label to reach 0.8. Latents
    must not be negative (`ShapeError`). A label with one class only has NaN.
    """
    if (latents < 0).any():
        raise ShapeError("latents below 0: how often they fire does not limit their AUROC")
    fires, wanted = (latents > 0).float(), labels.float()
    count = positives(labels).double()
    hits = (fires.T @ wanted).double()
    recall = hits / count
    silent = 1 - (fires.sum(0)[:, None] - hits) / (len(labels) - count)
    return recall + (1 - recall) * silent / 2


def follow(chosen: Chosen, latents: Float[Tensor, "row latent"], labels: Bool[Tensor, "row label"]) -> Tensor:
    """The AUROC of chosen pairs on other rows."""
    if not len(chosen.latent):
        return torch.zeros(0, dtype=torch.float64)
    used, place = torch.unique(chosen.latent, return_inverse=True)
    return areas(latents[:, used], labels)[place, chosen.label]


def within_strata(
    chosen: Chosen, latents: Float[Tensor, "row latent"], flags: Flags, rng: np.random.Generator
) -> dict[str, Float64[Tensor, " pair"]]:
    """The AUROC of pairs among rows of one stratum, by `STRATA`."""
    ply = flags.ply
    other = ply[torch.from_numpy(rng.permutation(len(ply)))]
    found = {name: torch.full((len(chosen.latent),), torch.nan, dtype=torch.float64) for name in STRATA}
    if not len(chosen.latent):
        return found
    used, place = torch.unique(chosen.latent, return_inverse=True)
    for name, strata in (("ply", ply), ("shuffled ply", other)):
        found[name] = stratified(latents[:, used], flags.labels, strata)[place, chosen.label]
    square = chosen.label % flags.squares
    for one in set(square.tolist()):
        here, taken = square == one, flags.occupied[:, one]
        for name, strata in (("taken", torch.zeros_like(ply)), ("ply and taken", ply)):
            found[name][here] = _of_square(
                Chosen(chosen.latent[here], chosen.label[here]), latents, flags, taken, strata
            )
    return found


def _of_square(
    chosen: Chosen,
    latents: Real[Tensor, "row latent"],
    flags: Flags,
    taken: Bool[Tensor, " row"],
    strata: Int[Tensor, " row"],
) -> Float64[Tensor, " pair"]:
    """Pairs of one square, where it is taken."""
    if not taken.any():
        return torch.full((len(chosen.latent),), torch.nan, dtype=torch.float64)
    used, place = torch.unique(chosen.latent, return_inverse=True)
    asked, label = torch.unique(chosen.label, return_inverse=True)
    return stratified(latents[taken][:, used], flags.labels[taken][:, asked], strata[taken])[place, label]


__all__ = ["STRATA", "THRESHOLD", "Chosen", "Pairs", "ceiling", "choose", "follow", "within_strata"]
