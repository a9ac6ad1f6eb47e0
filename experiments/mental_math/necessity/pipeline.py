"""The order of the measurements, from the settings to the numbers of the record."""

from collections.abc import Mapping
from typing import Any

from experiments.mental_math.alternatives.subjects import subjects
from experiments.mental_math.necessity import findings
from experiments.mental_math.necessity.measure import measure
from experiments.mental_math.necessity.settings import Settings
from interp.records import Run


def run(settings: Settings, this: Run) -> Mapping[str, Any]:
    """Everything that the report draws and the ledger judges, as plain JSON; the findings are about the first."""
    asked = subjects(settings.model, settings.contrast, settings.spans, settings.plan, this)
    found = [measure(subject, settings, this.seed) for subject in asked]
    return {"subjects": found, "findings": findings.measured(found)}


__all__ = ["run"]
