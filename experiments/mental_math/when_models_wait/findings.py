"""What is claimed of models that are trained as usual, and what would speak against it.

The claim is our own: no paper has trained small models to see whether they wait. It and its criterion were committed
before the first of the models was trained.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from interp.findings import Finding, Measurement, Verdict
from interp.stats import Interval, bootstrap

FEWEST = 6
"""Models without which nothing is said: of 6 that do not wait, up to 46 % of all such models may (exact binomial)."""


def _do_not_wait(m: Measurement) -> Verdict:
    """At least six models count, and of such models fewer than half wait, and fewer than of the planted ones.

    Both with the whole interval over models: of ten models one may wait.
    """
    if m.extra["models"] < FEWEST or m.value.high >= min(0.5, m.control.low):
        return Verdict.NOT_REPRODUCED
    return Verdict.DIRECTION


FINDINGS = (
    Finding(
        id="af1-16",
        claim="Small models trained as usual do not wait: few keep .95 of their answers with one block or more waiting",
        source="asked of Mamidanna et al. 2025 (arXiv 2509.09650), who look at large models alone; no paper states it",
        paper_value=None,
        scale="S",
        measured_by="mental_math/when_models_wait",
        control="models that were trained to wait, under the same measurement",
        criterion=_do_not_wait,
        unit="%",
    ),
)


def counts(model: Mapping[str, Any]) -> bool:
    """Whether a model can do one of its tasks at least."""
    return any(task["able"] for task in model["tasks"].values())


def waits(model: Mapping[str, Any], able: bool = True) -> bool:
    """Whether it waits in one of its tasks (with `able`: of those that it can do), however little in the other."""
    return any(task["waits"] and (task["able"] or not able) for task in model["tasks"].values() if "waits" in task)


def measured(metrics: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Share of models that wait, with the interval over models; nothing where no model can do its tasks."""
    studied, planted = [one for one in metrics["studied"] if counts(one)], metrics["planted"]
    if not studied or not planted:
        return {}
    return {
        "af1-16": {
            "value": _share([waits(one) for one in studied], seed),
            # Whether waiting is found where it is does not depend on how good the model is.
            "control": _share([waits(one, able=False) for one in planted], seed),
            "extra": {
                "models": float(len(studied)),
                "models that cannot do their tasks": float(len(metrics["studied"]) - len(studied)),
                "longest wait (share of depth)": _most(studied, "share"),
                "best subgraph that waits": _most(studied, "best"),
            },
        }
    }


def _share(waiting: Sequence[bool], seed: int) -> Interval:
    return bootstrap(np.array(waiting, np.int64), np.ones(len(waiting), np.int64), np.random.default_rng(seed))


def _most(models: Sequence[Mapping[str, Any]], what: str) -> float:
    """The most that any model reaches in a task that it can do."""
    able = [task for one in models for task in one["tasks"].values() if task["able"]]
    return max(float(task["share"] if what == "share" else task["best"]["faithful"][0]) for task in able)


__all__ = ["FEWEST", "FINDINGS", "counts", "measured", "waits"]
