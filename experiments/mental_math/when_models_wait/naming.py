"""How models and tasks are called and grouped in the figures."""

from collections.abc import Mapping
from typing import Any

SIDES = ("sums", "differences")
"""The first and the second task of every model."""


def side(task: str) -> str:
    """ "differences" for a task that only takes away, "sums" for one that only adds."""
    return SIDES[1] if task.startswith("A-") else SIDES[0]


def by_side(model: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The measured tasks of a model, by side; those that it cannot do at all are left out."""
    return {side(name): told for name, told in model["tasks"].items() if "waiting" in told}


__all__ = ["SIDES", "by_side", "side"]
