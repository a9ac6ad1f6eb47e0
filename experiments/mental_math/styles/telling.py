"""What a record keeps of one task in one style."""

from typing import Any, NamedTuple

import numpy as np

from experiments.mental_math.all_for_one.choosing import choose, layers
from experiments.mental_math.all_for_one.sweep import Sweep
from experiments.mental_math.all_for_one.telling import share
from experiments.mental_math.styles.settings import Settings
from interp.last_token.setting import AllForOne


class Cell(NamedTuple):
    """One task in one style."""

    task: str
    """Its name."""
    style: str
    """Its style."""
    sweep: Sweep | None
    """Every setting on its prompts; None where they could not be asked, or were answered wrong throughout."""
    reason: str
    """Why there is none; empty where there is."""


def answered(sweep: Sweep, able: float) -> bool:
    """Whether the full model is right often enough for its subgraphs to be looked at."""
    return min(float(half.full.mean()) for half in (sweep.choose, sweep.report)) >= able


def tell(cell: Cell, given: AllForOne, settings: Settings, generator: np.random.Generator) -> dict[str, Any]:
    """Base accuracy; the setting that is given and the style's own, each beside its baseline, and the wait curve.

    All but the choice is of the prompts to report on. A style that is not answered has its accuracy alone.
    """
    if cell.sweep is None:
        return {"answered": False, "base": None, "reason": cell.reason}
    half = cell.sweep.report
    base = share(half.full, generator)
    if not answered(cell.sweep, settings.able):
        return {"answered": False, "base": base, "reason": f"fewer than {settings.able:.0%} of the answers are right"}
    own = choose(cell.sweep.choose, settings.threshold)
    return {
        **cell.sweep.told,
        "answered": True,
        "base": base,
        "majority": share(half.majority(), generator),
        "given": share(half.kept(given), generator),
        "no transfer": share(half.kept(AllForOne(given.wait, 0)), generator),
        "own": share(half.kept(own.setting), generator),
        "own setting": layers(own.setting),
        "own found": own.found,
        "search": own.told,
        "waiting": [share(marks[half.full], generator) for marks in half.waiting],
    }


__all__ = ["Cell", "answered", "tell"]
