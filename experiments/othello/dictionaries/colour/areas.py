"""The AUROC of every latent for every label on the half to select on, and of chosen latents on the other."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from experiments.othello.dictionaries.colour.tiles import Tiles, counted
from experiments.othello.dictionaries.subjects import Subjects
from interp.matching import auroc

TOP = 50
"""Triples (latent, square, class) of a dictionary that Du et al. look at: those with the highest AUROC."""


class Areas(NamedTuple):
    """AUROCs of one dictionary."""

    select: Float64[Tensor, "latent label"]
    """On the half of the games to select on."""
    report: Float64[Tensor, "latent label"]
    """On the other half; NaN for latents that nothing selects."""

    @property
    def top(self) -> tuple[Int64[Tensor, " triple"], Int64[Tensor, " triple"]]:
        """Latents and labels of the `TOP` triples of the selecting half, best first; of equals the first."""
        best = self.select.flatten().sort(descending=True, stable=True).indices[:TOP]
        return best // self.select.shape[1], best % self.select.shape[1]

    @property
    def best(self) -> Int64[Tensor, " label"]:
        """The best latent of each label on the selecting half."""
        return self.select.argmax(0)


def areas(who: Subjects, name: str, depth: int, real: Tiles) -> Areas:
    """Those of a dictionary of a set for the real labels; computed once and kept among the activations of `who`."""
    return together(who, name, depth, [real])[0]


def together(who: Subjects, name: str, depth: int, labels: Sequence[Tiles]) -> list[Areas]:
    """`areas` for the real labels, which come first, and for others, for which latents are sorted only once."""
    keys = [("colour", name, depth, place) for place in range(len(labels))]
    if not all(key in who.cache for key in keys):
        found = judged(latents(who, name, depth), labels)
        who.cache.update({key: torch.stack(list(one)) for key, one in zip(keys, found, strict=True)})
    return [Areas(*who.cache[key]) for key in keys]


def judged(
    rows: tuple[Float[Tensor, "row latent"], Float[Tensor, "reporting latent"]], labels: Sequence[Tiles]
) -> list[Areas]:
    """From the latents of both halves: every pair on the first, what is chosen there on the second."""
    sizes = [len(one.pair) for one in labels]
    selected = torch.split(auroc(rows[0], torch.cat([one.select for one in labels], 1)), sizes, 1)
    chosen = torch.unique(torch.cat([_chosen(select) for select in selected]))
    judged_on = torch.split(auroc(rows[1][:, chosen], torch.cat([one.report for one in labels], 1)), sizes, 1)
    found = []
    for select, known in zip(selected, judged_on, strict=True):
        report = torch.full_like(select, torch.nan)
        report[chosen] = known
        found.append(Areas(select, report))
    return found


def latents(
    who: Subjects, name: str, depth: int
) -> tuple[Float[Tensor, "row latent"], Float[Tensor, "reporting latent"]]:
    """The latents of a dictionary of a set on both halves, at the positions that count."""
    select, report = (who.latents(name, depth, half)[counted(half)] for half in (who.select, who.report))
    return select, report


def _chosen(select: Float64[Tensor, "latent label"]) -> Int64[Tensor, " some"]:
    """The latents of the top triples, and the best of each label."""
    found = Areas(select, select)
    return torch.cat([found.top[0], found.best])


__all__ = ["TOP", "Areas", "areas", "judged", "latents", "together"]
