"""Searches for several penalties: the curve of size against what a subnetwork can do."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from interp.errors import ShapeError
from interp.models.model import Model
from interp.subnetworks.search import Batches, Found, Start, started
from interp.subnetworks.settings import SHARP, Search
from interp.subnetworks.targets import Target


def path(
    model: Model,
    batches: Batches,
    target: Target,
    lams: Sequence[float],
    plan: Search,
    *,
    warm: bool = False,
    seed: int = 0,
    out: Path | str | None = None,
    quiet: bool = False,
) -> list[Found]:
    """A search for each penalty of `lams`, in their order; whatever goal `plan` has gives way to them.

    Each begins anew, as in the paper. With `warm`, for ascending penalties and continuous sparsification, each after
    the first begins with the variables of the one before and with gates as sharp as half way through, and takes half
    of the steps. That is another method: what a weaker penalty dropped seldom comes back.

    `out` keeps a folder for each penalty. Raises `ShapeError` for no penalties, and for a warm path that descends or
    has hard concrete gates; and as `search` does.
    """
    if not lams:
        raise ShapeError("a path needs at least one penalty")
    if warm and (list(lams) != sorted(lams) or plan.method != "continuous"):
        raise ShapeError("a warm path takes ascending penalties and continuous sparsification")
    start: Start | None = None
    found = []
    for lam in lams:
        this = replace(plan if start is None else _second_half(plan), lam=float(lam), size=None)
        folder = None if out is None else Path(out) / f"lambda-{lam:g}"
        one, end = started(model, batches, target, this, start, seed=seed, out=folder, quiet=quiet)
        found.append(one)
        start = end if warm else None
    return found


def _second_half(plan: Search) -> Search:
    """The plan from the step on at which its gates are half as far, in the logarithm, as sharp."""
    passed = min(plan.steps - 1, round(plan.sharp / 2))
    return replace(plan, sharpness=min(SHARP, plan.sharpness * math.exp(passed * math.log(plan.growth))),
                   steps=plan.steps - passed)  # fmt: skip
