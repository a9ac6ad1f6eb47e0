"""Small made-up latents and labels, and the slow obvious way to measure them."""

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor


def latents(rows: int, count: int, kind: str, seed: int = 0) -> Float[Tensor, "row latent"]:
    """Latents of a kind: sparse or dense, of one sign or both, with ties or without."""
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(rows, count, generator=generator)
    silent = torch.rand(rows, count, generator=generator) < 0.7
    made = {
        "sparse": values.abs().masked_fill(silent, 0.0),
        "sparse of both signs": values.masked_fill(silent, 0.0),
        "sparse with ties": (values.abs() * 2).ceil().masked_fill(silent, 0.0),
        "dense": values,
        "dense with ties": (values * 2).round(),
        "negative": -values.abs() - 0.1,
        "constant": torch.full((rows, count), 3.0),
        "silent": torch.zeros(rows, count),
    }
    return made[kind]


KINDS = (
    "sparse", "sparse of both signs", "sparse with ties", "dense", "dense with ties", "negative", "constant", "silent",
)  # fmt: skip


def labels(rows: int, count: int, seed: int = 1) -> Bool[Tensor, "row label"]:
    """Labels of several frequencies, each of which some rows have and some have not."""
    generator = torch.Generator().manual_seed(seed)
    made = torch.rand(rows, count, generator=generator) < torch.linspace(0.05, 0.9, count)
    made[0], made[1] = True, False
    return made


def slow_area(values: Float[np.ndarray, " row"], label: Bool[np.ndarray, " row"]) -> float:
    """Pair by pair."""
    with_label, without = values[label][:, None], values[~label][None]
    return float(((with_label > without) + 0.5 * (with_label == without)).mean())


def slow_best(values: Float[np.ndarray, " row"], label: Bool[np.ndarray, " row"]) -> tuple[float, float, float, float]:
    """F1, threshold, precision and recall, threshold by threshold, from the highest."""
    best = (-1.0, 0.0, 0.0, 0.0)
    for threshold in np.unique(values)[::-1]:
        called = values >= threshold
        hits = int((called & label).sum())
        f1 = 2 * hits / int(called.sum() + label.sum())
        if f1 > best[0]:
            best = (f1, float(threshold), hits / int(called.sum()), hits / int(label.sum()))
    return best
