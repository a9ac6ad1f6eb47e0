"""One prompt for each topic, and how the model goes on with it, as pages of the report."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.bigrams.necessity.samples import Sample
from interp.report import Leaf


def pages(metrics: Mapping[str, Any]) -> Sequence[Leaf]:
    """From what `run` returned or its JSON."""
    return [Sample(one["prompt"], one["by"]) for one in metrics["written"]]


__all__ = ["pages"]
