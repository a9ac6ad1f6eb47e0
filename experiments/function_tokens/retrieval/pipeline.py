"""The order of the measurements, from the settings to the numbers of the record."""

from collections.abc import Mapping
from typing import Any

from experiments.function_tokens.retrieval.ablated import ablated
from experiments.function_tokens.retrieval.examples import examples
from experiments.function_tokens.retrieval.findings import measured
from experiments.function_tokens.retrieval.following import following
from experiments.function_tokens.retrieval.latents import latents
from experiments.function_tokens.retrieval.removing import removing
from experiments.function_tokens.retrieval.settings import Settings
from experiments.function_tokens.subject import prepare
from interp.models.randomise import random_weights
from interp.records import Run


def run(settings: Settings, this: Run) -> Mapping[str, Any]:
    """Everything that the report draws and the ledger judges, as plain JSON."""
    subject = prepare(settings, this)
    one = latents(subject, settings, this)
    metrics: dict[str, Any] = {
        "subject": subject.told(), "depth": one.site.layer, "passages": examples(one, settings),
        "trained": following(one),
    }  # fmt: skip
    this.say("removing latents one by one")
    metrics["effects"] = removing(one, settings)
    metrics["ablated"] = ablated(subject, settings, this)
    metrics["untrained"] = None
    if settings.untrained and not settings.release:
        metrics["untrained"] = following(latents(subject.of(random_weights(subject.model, this.seed)), settings, this))
    return {**metrics, "findings": measured(metrics)}


__all__ = ["run"]
