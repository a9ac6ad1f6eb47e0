"""Kinds of latents by depth, for every set of dictionaries; beside random weights and rows that only share the ply."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from experiments.othello.dictionaries.averages.facts import CLASSES, Facts, facts
from experiments.othello.dictionaries.averages.gallery import gallery
from experiments.othello.dictionaries.averages.squares import MINE, THEIRS, Squares
from experiments.othello.dictionaries.averages.strongest import Strongest, strongest, thresholds
from experiments.othello.dictionaries.kinds import FIRST, SETS
from experiments.othello.dictionaries.subjects import Subjects
from interp.stats import Interval, bootstrap

SAME_PLIES = "rows of the same plies"
"""The null: for each latent of the first set as many rows of the same plies, drawn at random on both halves."""
DRAWS = 1000
"""Resamplings of latents in an interval."""


class Found(NamedTuple):
    """Of one dictionary."""

    facts: Facts
    top: Strongest
    """Strongest rows on the half where facts are found."""
    again: Strongest
    """And on the half where they are confirmed."""
    live: int
    """Latents that fire at all on the first half."""


def measure(who: Subjects) -> dict[str, Any]:
    """Shares of the classes of latents by set and depth, how they change, and boards to look at.

    Shares are of the latents that are judged; intervals resample the latents of one dictionary, so they do not hold
    what another training or other games would have changed. The second set tells about the former.
    """
    select, report, rng = Squares.of(who.select), Squares.of(who.report), who.rng("averages")
    early, middle, late = depths(who.model.depth)
    metrics: dict[str, Any] = {"classes": list(CLASSES), "depths": [early, middle, late], "sets": {}}
    boards: list[dict[str, Any]] = []
    shown: dict[str, list[Found]] = {name: [] for name in (*SETS, SAME_PLIES)}
    for name in SETS:
        for depth in who.depths:
            found = look(who, name, depth, select, report)
            shown[name].append(found)
            if name == FIRST:
                shown[SAME_PLIES].append(_redrawn(found, select, report, rng))
                if depth in (early, middle, late):
                    boards += gallery(found.facts, found.again, report, depth, who.rng(f"averages {depth}"))
    metrics["sets"] = {name: summary([one.facts for one in by_depth], rng) for name, by_depth in shown.items()}
    for name, by_depth in shown.items():
        metrics["sets"][name]["live"] = [one.live for one in by_depth]
    metrics["changes"] = {
        name: {
            "current move": fall([by_depth[early].facts, by_depth[late].facts], "current move", rng),
            "conjunction": fall([by_depth[late].facts, by_depth[middle].facts], "conjunction", rng),
        }
        for name, by_depth in shown.items()
    }
    return {**metrics, "gallery": boards}


def depths(blocks: int) -> tuple[int, int, int]:
    """Early, middle and late: 1, 3 and 5 of 6 blocks, and the like."""
    return min(1, blocks), blocks // 2, max(blocks - 1, 0)


def look(who: Subjects, name: str, depth: int, select: Squares, report: Squares) -> Found:
    """What is found in a dictionary: its thresholds and facts on one half, confirmed on the other."""
    values = who.latents(name, depth, who.select)
    limits = thresholds(values)
    top, live = strongest(values, limits), int((values > 0).any(0).sum())
    again = strongest(who.latents(name, depth, who.report), limits)
    return Found(facts(select, report, top, again), top, again, live)


def _redrawn(found: Found, select: Squares, report: Squares, rng: np.random.Generator) -> Found:
    top, again = found.top.redrawn(select.ply, rng), found.again.redrawn(report.ply, rng)
    return Found(facts(select, report, top, again), top, again, found.live)


def summary(by_depth: Sequence[Facts], rng: np.random.Generator) -> dict[str, Any]:
    """Lists by depth: shares of the classes and of what is determined, confirmed squares and whose they are."""
    kinds = {name: [share(one.kinds == place, one, rng) for one in by_depth] for place, name in enumerate(CLASSES)}
    squares = [one.squares.sum((0, 2)).tolist() for one in by_depth]
    return {
        "judged": [int(one.judged.sum()) for one in by_depth],
        "kinds": kinds,
        "notable": [share(one.squares.any(2).any(1), one, rng) for one in by_depth],
        "last move": [share(one.moved >= 0, one, rng) for one in by_depth],
        "legal move": [share(one.legal.any(1), one, rng) for one in by_depth],
        "mine": [counts[MINE] for counts in squares],
        "theirs": [counts[THEIRS] for counts in squares],
        "found": [int(one.found.sum()) for one in by_depth],
    }


def share(which: torch.Tensor, of: Facts, rng: np.random.Generator) -> Interval | None:
    """The share of judged latents that are `which`; None where no latent is judged."""
    flags = which[of.judged].numpy().astype(np.int64)
    return bootstrap(flags, np.ones_like(flags), rng, draws=DRAWS) if len(flags) else None


def fall(pair: Sequence[Facts], kind: str, rng: np.random.Generator) -> Interval:
    """The share of a class in the first less that in the second; latents of both are resampled.

    A share resampled over latents is binomial. A dictionary without a judged latent has a share of 0.
    """
    place, draws, shares, count = CLASSES.index(kind), [], [], []
    for one in pair:
        flags = (one.kinds == place)[one.judged]
        count.append(len(flags))
        shares.append(float(flags.float().mean()) if len(flags) else 0.0)
        draws.append(rng.binomial(len(flags), shares[-1], DRAWS) / max(len(flags), 1))
    value = shares[0] - shares[1]
    low, high = np.quantile(draws[0] - draws[1], [0.025, 0.975])
    return Interval(value, min(float(low), value), max(float(high), value), min(count))


__all__ = ["DRAWS", "SAME_PLIES", "Found", "depths", "fall", "look", "measure", "share", "summary"]
