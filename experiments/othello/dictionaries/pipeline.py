"""The order of the measurements, from the settings to the numbers of the record."""

from collections.abc import Mapping
from typing import Any

from experiments.othello.dictionaries.preparing import prepare
from experiments.othello.dictionaries.rooms import rooms
from experiments.othello.dictionaries.settings import Settings
from interp.records import Run


def run(settings: Settings, this: Run) -> Mapping[str, Any]:
    """Everything that the report draws and the ledger judges, as plain JSON."""
    who = prepare(settings, this)
    metrics: dict[str, Any] = {}
    found: dict[str, Any] = {}
    for name, room in rooms().items():
        this.say(name.replace("_", " "))
        metrics[name] = room.measure(who)
        found |= room.measured(metrics[name])
    return {**metrics, "findings": found}


__all__ = ["run"]
