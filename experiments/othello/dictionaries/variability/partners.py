"""The decoders of two seeds: which latents come again, and whether under their own number."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor

from interp.matching import cosines, paired
from interp.stats import Interval, bootstrap

ALIKE = ("0.7", "0.9")
"""Cosines from which on two latents count as one."""
ORDERS = 1000
"""Orders of the second seed's latents."""
ROTATIONS = 3
"""Random rotations of the second seed's decoder."""


def partners(
    first: Float[Tensor, "latent width"], second: Float[Tensor, "latent width"], rng: np.random.Generator
) -> dict[str, Any]:
    """What two decoders have in common, as JSON. Each is beside its control.

    - `mean`: the cosine of latents matched one to one, over latents; `alike`: the share of them with a cosine of at
      least 0.7 or 0.9. Controls are the same after random rotations of the second decoder;
    - `same_number`: the mean cosine of latents of the same number; its control is the mean and the middle 95 % with
      the second decoder's latents in random order.

    Intervals of values resample latents.
    """
    found = paired(first, second, rng, draws=ROTATIONS)
    same, mixed = _same_number(cosines(first, second), rng)
    return {
        "mean": {"value": _mean(found.cosine, rng), "control": found.control},
        "alike": {
            name: {
                "value": _mean((found.cosine >= float(name)).double(), rng),
                "control": float((found.rotated >= float(name)).double().mean()),
            }
            for name in ALIKE
        },
        "same_number": {"value": same, "control": mixed},
    }


def _same_number(every: Float64[Tensor, "latent latent"], rng: np.random.Generator) -> tuple[Interval, Interval]:
    count = len(every)
    drawn = every.numpy()[np.arange(count), np.stack([rng.permutation(count) for _ in range(ORDERS)])].mean(1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    mean = float(every.mean())  # over all orders
    return _mean(every.diagonal(), rng), Interval(mean, min(float(low), mean), max(float(high), mean), count)


def _mean(values: Float64[Tensor, " latent"], rng: np.random.Generator) -> Interval:
    return bootstrap(values.numpy(), torch.ones(len(values)).numpy(), rng)


__all__ = ["ALIKE", "ROTATIONS", "partners"]
