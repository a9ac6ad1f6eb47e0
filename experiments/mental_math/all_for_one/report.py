"""The figures of `mental_math/all_for_one`, in the order in which the report tells them."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.mental_math.all_for_one.task_panel import by_task
from experiments.mental_math.all_for_one.triangle_panel import triangles
from experiments.mental_math.all_for_one.wait_panel import waiting
from interp.report import Panel


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """How long tokens can wait, every setting, and the one setting on every task."""
    return (waiting(metrics), triangles(metrics), by_task(metrics))


__all__ = ["panels"]
