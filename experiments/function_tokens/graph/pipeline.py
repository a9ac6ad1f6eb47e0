"""The order of the measurements, from the settings to the numbers of the record."""

from collections.abc import Mapping
from typing import Any

from experiments.function_tokens.graph.findings import measured
from experiments.function_tokens.graph.measure import measure
from experiments.function_tokens.graph.settings import Settings
from experiments.function_tokens.subject import prepare
from interp.records import Run


def run(settings: Settings, this: Run) -> Mapping[str, Any]:
    """Everything that the report draws and the ledger judges, as plain JSON."""
    subject = prepare(settings, this)
    metrics = {"subject": subject.told(), **measure(subject, settings, this)}
    return {**metrics, "findings": measured(metrics)}


__all__ = ["run"]
