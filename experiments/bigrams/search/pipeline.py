"""The order of the measurements, from the settings to the numbers of the record."""

from collections.abc import Mapping
from typing import Any

from experiments.bigrams.search.findings import measured
from experiments.bigrams.search.measure import measure
from experiments.bigrams.search.settings import Settings
from experiments.bigrams.subject import prepare
from interp.records import Run


def run(settings: Settings, this: Run) -> Mapping[str, Any]:
    """Everything that the report draws and the ledger judges, as plain JSON."""
    metrics = measure(prepare(settings, this), settings, this)
    return {**metrics, "findings": measured(metrics)}


__all__ = ["run"]
