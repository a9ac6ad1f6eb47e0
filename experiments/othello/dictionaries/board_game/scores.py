"""Coverage and reconstruction of some latents: chosen on one half of the games, judged on the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from experiments.othello.dictionaries.board_game.labels import questions
from experiments.othello.dictionaries.subjects import Subjects
from interp.matching import (
    SHARES,
    Agreement,
    Counts,
    agreement,
    counts_above,
    cover,
    covered,
    limits,
    micro_f1,
    reconstruct,
    reliable,
)

FOUND = 0.9
"""The F1 from on which Huben and Karvonen et al. call a label found."""


@dataclass(frozen=True, eq=False)
class Halves:
    """The labels of both halves, by question, and the games of the half that is reported on."""

    select: Mapping[str, Tensor]
    """By question, booleans [row, label]."""
    report: Mapping[str, Tensor]
    """The same questions on the other half."""
    game: Int[Tensor, " row"]
    """Of each row to report on."""

    @classmethod
    def of(cls, who: Subjects, *asked: str) -> "Halves":
        """Of these questions, or all."""
        select, report = (questions(half, who.rules) for half in (who.select, who.report))
        names = asked or tuple(select)
        return cls({name: select[name] for name in names}, {name: report[name] for name in names}, who.report.game)


def score(
    select: Float[Tensor, "row latent"],
    report: Float[Tensor, "other latent"],
    halves: Halves,
    generator: np.random.Generator,
) -> dict[str, dict[str, Any]]:
    """For each question what `_coverage` and `_reconstruction` give. Intervals resample games of the report half."""
    given = limits(select)
    labels = torch.cat(list(halves.select.values()), 1)
    counts = counts_above(select, labels, given)
    chosen = reliable(counts)
    then = agreement(select, labels, given, chosen)
    now = agreement(report, torch.cat(list(halves.report.values()), 1), given, chosen)
    found, begin = {}, 0
    for name, wanted in halves.report.items():
        part = slice(begin, begin := begin + wanted.shape[1])
        own = [Counts(one.hits[:, part], one.fired, one.positives[part]) for one in counts]
        found[name] = {
            **_coverage(own, given, report, wanted, halves.game, generator),
            **_reconstruction(
                then.part(part), now.part(part), given, chosen[..., part], report, wanted, halves.game, generator
            ),
        }
    return found


def _coverage(
    counts: list[Counts],
    given: Float[Tensor, "share latent"],
    report: Float[Tensor, "row latent"],
    wanted: Bool[Tensor, "row label"],
    game: Tensor,
    generator: np.random.Generator,
) -> dict[str, Any]:
    """The mean F1 of the best latents; `coverage_published` is chosen and measured on the same rows, as published."""
    best = cover(counts, given)
    return {
        "coverage": covered(best.fires(report), wanted, game, generator),
        "coverage_published": best.coverage,
        "coverage_share": SHARES[best.share],
        "found": int((best.f1 > FOUND).sum()),
    }


def _reconstruction(
    then: Agreement,
    now: Agreement,
    given: Float[Tensor, "share latent"],
    detectors: Bool[Tensor, "share latent label"],
    report: Float[Tensor, "row latent"],
    wanted: Bool[Tensor, "row label"],
    game: Tensor,
    generator: np.random.Generator,
) -> dict[str, Any]:
    """The pooled F1 of all detectors at one share, which is chosen on the same rows as they.

    `reconstruction_published` takes the share that is best on the rows of the report, as published, and
    `reconstruction_select` is measured where everything was chosen: from it depths and sets may be chosen.
    """
    share = int(then.f1.argmax())
    return {
        "reconstruction": micro_f1(reconstruct(report, given[share], detectors[share]), wanted, game, generator),
        "reconstruction_published": float(now.f1.max()),
        "reconstruction_select": float(then.f1.max()),
        "reconstruction_share": SHARES[share],
        "detectors": int(detectors[share].any(1).sum()),
    }


__all__ = ["FOUND", "Halves", "score"]
