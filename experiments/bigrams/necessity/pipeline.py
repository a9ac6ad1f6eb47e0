"""The order of the measurements, from the settings to the numbers of the record."""

from collections.abc import Mapping
from typing import Any

from experiments.bigrams.lists import Lists
from experiments.bigrams.necessity.findings import measured
from experiments.bigrams.necessity.measure import measure
from experiments.bigrams.necessity.settings import Settings
from experiments.bigrams.necessity.writing import require_room
from experiments.bigrams.subject import prepare
from interp.records import Run


def run(settings: Settings, this: Run) -> Mapping[str, Any]:
    """Everything that the report draws and the ledger judges, as plain JSON."""
    require_room(settings)
    subject = prepare(settings, this)
    lists = Lists(subject, this)
    cores, optimal = ([one.mask for one in found] for found in (lists.core(), lists.optimal(settings.core)))
    this.say("losses and continuations without them")
    metrics = measure(subject, cores, optimal, settings, this.seed)
    return {"subject": subject.told(), **metrics, "findings": measured(metrics)}


__all__ = ["run"]
