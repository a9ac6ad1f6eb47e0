"""Whether two numbers order the latents of a place alike, and whether one is higher for some of them."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float64, Int64, Integer, Real
from torch import Tensor

from interp.correlation import pearson
from interp.errors import ShapeError


def agreement(
    one: Real[Tensor, " entry"], other: Real[Tensor, " entry"], place: Integer[Tensor, " entry"]
) -> Float64[np.ndarray, " place"]:
    """Spearman's correlation over the entries of each place; NaN for fewer than 3, and where a number is the same.

    `place` numbers the places from 0; entries may be in any order. 0 is what chance gives, however few entries.
    Raises `ShapeError` for numbers of different lengths and for none.
    """
    import torch
    from scipy.stats import rankdata

    first, second = (_plain(numbers, place) for numbers in (one, other))
    found = np.full(int(place.max()) + 1, np.nan)
    for number, chosen in _entries(place):
        if len(chosen) >= 3:
            ranks = [torch.from_numpy(rankdata(numbers[chosen]).astype(np.float64)) for numbers in (first, second)]
            found[number] = pearson(*ranks)
    return found


def higher(
    score: Real[Tensor, " entry"], flag: Bool[Tensor, " entry"], place: Integer[Tensor, " entry"]
) -> Float64[np.ndarray, " place"]:
    """At each place, the chance that a flagged entry has the higher score than one that is not; equal ones half count.

    The area under the ROC curve: 0.5 is what chance gives. NaN where all or none are flagged. Raises as `agreement`.
    """
    from scipy.stats import rankdata

    scores, flags = _plain(score, place), _plain(flag, place).astype(np.bool_)
    found = np.full(int(place.max()) + 1, np.nan)
    for number, chosen in _entries(place):
        own = flags[chosen]
        ones, zeros = int(own.sum()), int((~own).sum())
        if ones and zeros:
            above = rankdata(scores[chosen])[own].sum() - ones * (ones + 1) / 2
            found[number] = above / (ones * zeros)
    return found


def _plain(numbers: Tensor, place: Tensor) -> Float64[np.ndarray, " entry"]:
    if numbers.shape != place.shape or numbers.ndim != 1 or not len(numbers):
        raise ShapeError(f"need a number and a place for each entry, not {list(numbers.shape)}, {list(place.shape)}")
    return numbers.double().cpu().numpy()


def _entries(place: Tensor) -> Iterator[tuple[int, Int64[np.ndarray, " entry"]]]:
    """The entries of each place."""
    numbers = place.cpu().numpy()
    order = np.argsort(numbers, kind="stable")
    names, begins = np.unique(numbers[order], return_index=True)
    yield from zip(names.tolist(), np.split(order, begins[1:]), strict=True)


__all__ = ["agreement", "higher"]
