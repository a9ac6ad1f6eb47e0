"""The figures of `othello/dictionaries`: the story first, then room by room."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.othello.dictionaries.rooms import rooms
from experiments.othello.dictionaries.story import story
from interp.report import Panel


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """One figure that tells the story, and the figures of every room."""
    told = [panel for name, room in rooms().items() for panel in room.panels(metrics[name])]
    return (story(metrics), *told)


__all__ = ["panels"]
