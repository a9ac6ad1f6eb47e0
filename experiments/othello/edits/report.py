"""The figures of `othello/edits`, in the order in which the report tells them."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.othello.edits import editing_panels
from experiments.othello.edits.transpositions import panels as transposition_panels
from interp.report import Panel


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """What edits do, beside their controls; then what the path adds to the board."""
    return (*editing_panels.panels(metrics["editing"]), *transposition_panels.panels(metrics["transpositions"]))


__all__ = ["panels"]
