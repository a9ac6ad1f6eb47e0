"""The questions that are asked of the dictionaries, in the order in which the report tells them."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple

from experiments.othello.dictionaries.subjects import Subjects
from interp.findings import Finding
from interp.report import Panel

NAMES = ("board_game", "rivals", "colour", "averages", "stability", "neurons", "variability", "widths")
"""One folder each, with `measure.py`, `panels.py` and `findings.py`."""


class Room(NamedTuple):
    """One question."""

    measure: Callable[[Subjects], dict[str, Any]]
    """Subjects to plain JSON numbers."""
    panels: Callable[[Mapping[str, Any]], Sequence[Panel]]
    """Those numbers to figures."""
    findings: tuple[Finding, ...]
    """The claims that they judge."""
    measured: Callable[[Mapping[str, Any]], dict[str, Any]]
    """The numbers to value, control and further numbers of each claim."""


def rooms() -> dict[str, Room]:
    """Every room by name."""
    return {name: _room(name) for name in NAMES}


def _room(name: str) -> Room:
    measure, panels, findings = (
        import_module(f"experiments.othello.dictionaries.{name}.{part}") for part in ("measure", "panels", "findings")
    )
    return Room(measure.measure, panels.panels, findings.FINDINGS, findings.measured)


__all__ = ["NAMES", "Room", "rooms"]
