"""The order of the measurements, from the settings to the numbers of the record."""

from collections.abc import Mapping
from typing import Any

from experiments.bigrams.development.findings import measured
from experiments.bigrams.development.measure import measure
from experiments.bigrams.development.models import require
from experiments.bigrams.development.settings import Settings
from experiments.bigrams.subject import prepare
from interp.records import Run


def run(settings: Settings, this: Run) -> Mapping[str, Any]:
    """Everything that the report draws and the ledger judges, as plain JSON."""
    require(settings)
    metrics = measure(prepare(settings, this), settings, this)
    return {**metrics, "findings": measured(metrics)}


__all__ = ["run"]
