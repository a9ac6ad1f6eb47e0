"""The figures of the study."""

from collections.abc import Mapping, Sequence
from typing import Any

from interp.report import Panel


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:  # noqa: ARG001 - nothing is measured yet
    """None so far."""
    return ()
