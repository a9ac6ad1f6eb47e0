"""Sweeps that never ran: every prompt of a style is kept, or none is, or the full model does not answer it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.mental_math.all_for_one.sweep import Half, Sweep
from experiments.mental_math.styles.telling import Cell
from experiments.mental_math.templates import STYLES

DEPTH, PROMPTS = 4, 40


def sweep(kept: float, right: float = 1.0, wait: int = 2, transfer: int = 1) -> Sweep:
    """Settings with at most this wait and at least this transfer keep this share, those without transfer one answer."""
    answers = np.arange(PROMPTS) % 20
    subgraphs = np.zeros((DEPTH + 1, DEPTH + 1, PROMPTS), np.bool_)
    subgraphs[:, 0, answers == 3] = True
    keeping = np.arange(PROMPTS) < kept * PROMPTS
    for waits in range(wait + 1):
        subgraphs[waits, transfer + wait - waits : DEPTH - waits + 1] = keeping
    waiting = np.stack([keeping if waits <= wait else answers == 3 for waits in range(DEPTH + 1)])
    full = np.arange(PROMPTS) >= (1 - right) * PROMPTS
    half = Half(answers, full, subgraphs, waiting, np.zeros_like(waiting))
    return Sweep({"task": "made", "excluded": {}}, half, half)


def cells(kept: Mapping[str, float], right: Mapping[str, float] | None = None) -> list[Cell]:
    """Both tasks in all styles; the share kept is 1 where `kept` does not say, and so is the accuracy in `right`."""
    return [
        Cell(task, style, sweep(kept.get(style, 1.0), (right or {}).get(style, 1.0)), "")
        for task in ("A+B", "A-B")
        for style in STYLES
    ]


def metrics(made: list[Cell], told: Any) -> dict[str, Any]:
    """What the pipeline would return of these cells, as far as figures need it."""
    tasks: dict[str, dict[str, Any]] = {}
    for cell in made:
        tasks.setdefault(cell.task, {})[cell.style] = told(cell)
    return {"model": "made", "depth": DEPTH, "setting": {"layers": {"wait": 2, "transfer": 1}}, "tasks": tasks}
