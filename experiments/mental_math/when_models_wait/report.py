"""The figures of the study, in the order in which the report tells them."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.mental_math.when_models_wait.knockout_panel import knockouts
from experiments.mental_math.when_models_wait.table_panel import table
from experiments.mental_math.when_models_wait.waiting_panel import waiting
from interp.report import Panel


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """How long models wait; then model by model; then which blocks they need."""
    return (waiting(metrics), table(metrics), knockouts(metrics))


__all__ = ["panels"]
