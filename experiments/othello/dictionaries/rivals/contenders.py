"""Who competes at a depth: for every (square, class) the best latent, neuron or random direction, and the probe."""

from collections.abc import Iterator

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from experiments.othello.dictionaries.kinds import FIRST, PUBLISHED, RANDOM, SECOND
from experiments.othello.dictionaries.rivals.field import Field
from experiments.othello.dictionaries.subjects import Subjects
from interp.matching import random_latents
from interp.matching.matches import Best, best_latents, detectors_alone
from probes import LogisticProbe

PROBE, NEURONS = "probe", "MLP neurons"
DIRECTIONS = {FIRST: "random directions", PUBLISHED: "random directions, published kind"}
"""Names of random directions that fire as often as the latents of a set, and are as many."""
NAMES = (PROBE, FIRST, SECOND, PUBLISHED, NEURONS, RANDOM, *DIRECTIONS.values())
"""All who compete. Neurons stand at the depth after their block, so there are none at depth 0."""
_NEVER = -1e9
"""The odds of a class that the probe never saw."""


def contenders(
    who: Subjects, field: Field, depth: int, neurons: Float[Tensor, "row neuron"] | None
) -> Iterator[tuple[str, Best]]:
    """Name and result of each, chosen by AUROC on the rows to select on, with the threshold of the best F1 there.

    A latent or a neuron counts as it is: one that is low where the label holds is no detector of it.
    """
    rows = field.residual(who, who.model, depth)
    yield PROBE, detectors_alone(odds(who.probes[depth], rows)[:, field.defined], field.labels, field.split)
    for name in (FIRST, SECOND, PUBLISHED, RANDOM):
        latents = field.both(*(who.latents(name, depth, half) for half in (who.select, who.report)))
        yield name, best_latents(latents, field.labels, field.split, by="auroc")
        if name in DIRECTIONS:
            densities = (latents != 0).double().mean(0)
            rng = who.rng(f"rivals: {DIRECTIONS[name]} {depth}")
            drawn = random_latents(rows, densities, rng)
            yield DIRECTIONS[name], best_latents(drawn, field.labels, field.split, by="auroc")
    if neurons is not None:
        yield NEURONS, best_latents(neurons, field.labels, field.split, by="auroc")


def odds(probe: LogisticProbe, rows: Float[Tensor, "row width"]) -> Float64[Tensor, "row label"]:
    """The log-odds of each class against the other two, [row, 3 * square + class]: as the probability orders rows,
    but without the ties of probabilities near 1."""
    scores = probe.scores(rows).double().clamp(min=_NEVER)
    classes = range(scores.shape[-1])
    others = [scores[..., [other for other in classes if other != one]].logsumexp(-1) for one in classes]
    return (scores - torch.stack(others, -1)).flatten(1)


__all__ = ["DIRECTIONS", "NAMES", "NEURONS", "PROBE", "contenders", "odds"]
