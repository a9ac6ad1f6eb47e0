"""The order of the measurements, from the settings to the numbers of the record."""

from collections.abc import Mapping
from typing import Any

from experiments.bigrams.lists import Lists
from experiments.bigrams.overlap.findings import measured
from experiments.bigrams.overlap.measure import measure
from experiments.bigrams.overlap.searches import prunings, require_comparable
from experiments.bigrams.overlap.settings import Settings
from experiments.bigrams.subject import prepare
from interp.records import Run


def run(settings: Settings, this: Run) -> Mapping[str, Any]:
    """Everything that the report draws and the ledger judges, as plain JSON."""
    require_comparable(settings)
    subject = prepare(settings, this)
    lists = Lists(subject, this)
    cores, optimal = [one.mask for one in lists.core()], prunings(lists, settings)
    this.say("correlations and overlaps")
    metrics = measure(subject, cores, optimal)
    return {"subject": subject.told(), **metrics, "findings": measured(metrics)}


__all__ = ["run"]
