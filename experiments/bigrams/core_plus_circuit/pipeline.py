"""The order of the experiment, from the settings to the numbers of the record."""

from collections.abc import Mapping
from typing import Any

from experiments.bigrams.core_plus_circuit.findings import measured
from experiments.bigrams.core_plus_circuit.measure import measure, require
from experiments.bigrams.core_plus_circuit.settings import Settings
from experiments.bigrams.subject import prepare
from interp.records import Run


def run(settings: Settings, this: Run) -> Mapping[str, Any]:
    """Everything that the report draws and the ledger judges, as plain JSON."""
    require(settings)
    subject = prepare(settings, this)
    metrics = {"subject": subject.told(), **measure(subject, settings, this)}
    return {**metrics, "findings": measured(metrics)}


__all__ = ["run"]
