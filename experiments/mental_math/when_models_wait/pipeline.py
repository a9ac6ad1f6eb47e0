"""The order of the study, from the settings to the numbers of the record."""

from collections.abc import Mapping
from typing import Any

from experiments.mental_math.when_models_wait.findings import measured
from experiments.mental_math.when_models_wait.measure import measure_planted, measure_studied
from experiments.mental_math.when_models_wait.settings import Settings
from experiments.mental_math.when_models_wait.training import TRAINED, trained
from interp.records import Run


def run(settings: Settings, this: Run) -> Mapping[str, Any]:
    """Everything that the report draws and the ledger judges, as plain JSON."""
    folders = trained(settings, this.seed, this.work.parent.parent / TRAINED, this.device, this.say)
    metrics: dict[str, Any] = {
        "studied": measure_studied(settings, folders, this),
        "planted": measure_planted(settings, this),
        "able": settings.able,
        "threshold": settings.threshold,
    }
    return {**metrics, "findings": measured(metrics, this.seed)}


__all__ = ["run"]
