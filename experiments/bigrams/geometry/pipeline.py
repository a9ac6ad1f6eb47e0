"""The order of the measurements, from the settings to the numbers of the record."""

from collections.abc import Mapping
from typing import Any

from experiments.bigrams.geometry.findings import measured
from experiments.bigrams.geometry.measure import measure
from experiments.bigrams.geometry.settings import Settings
from experiments.bigrams.lists import Lists
from experiments.bigrams.subject import prepare
from interp.records import Run


def run(settings: Settings, this: Run) -> Mapping[str, Any]:
    """Everything that the report draws and the ledger judges, as plain JSON."""
    subject = prepare(settings, this)
    cores = [one.mask for one in Lists(subject, this).core()]
    this.say("the residual stream at every depth")
    metrics = measure(subject, cores, settings, this.seed)
    return {"subject": subject.told(), **metrics, "findings": measured(metrics)}


__all__ = ["run"]
