"""What a filter on prompts leaks: which operand stands in one slot tells of the others, and so does a mean given it."""

from collections.abc import Sequence
from string import ascii_uppercase
from typing import NamedTuple

import numpy as np
from jaxtyping import Int64

from experiments.mental_math.sampling import Sampling
from experiments.mental_math.tasks import Task, allowed
from experiments.mental_math.templates import Wording, worded
from interp.errors import ShapeError


class Leak(NamedTuple):
    """What one operand tells of the others, where every tuple of operands is equally likely."""

    slot: str
    """The letter of the operand."""
    others: float
    """Mutual information in bits between it and all others."""
    before: float
    """The same with those that are read before it: what a mean given this operand can have kept of them."""
    partners: int
    """Fewest different tuples of the others that any value of it goes with: contexts behind the poorest mean."""
    rare: float
    """Share of its values that go with fewer than `floor`."""


class Leakage(NamedTuple):
    """The leaks of a filter beside two controls; every list has one entry per operand, in the order of reading."""

    filtered: list[Leak]
    """Of the tuples that the filter let through."""
    unfiltered: list[Leak]
    """Of all tuples of the range: 0 bits."""
    chance: list[Leak]
    """Of as many tuples drawn from the range at random: the bits that few tuples show without any filter."""


def leakage_of(
    asked: Task | Wording,
    sampling: Sampling,
    generator: np.random.Generator,
    floor: int = 20,
    kept: Int64[np.ndarray, "tuple operand"] | None = None,
) -> Leakage:
    """What the filter of a sampling leaks in a task, or one that let through `kept` of it (operands A, B ...).

    Those that a model answers right are the usual `kept`: `leakage_of(task, sampling, rng, kept=values[right])`.
    Raises as `leakage` does, and `InterpError` for a sampling that allows nothing.
    """
    wording = worded(asked)
    if kept is None:
        kept = allowed(wording.task, sampling.low, sampling.high, sampling.answers)
    read = kept[:, ["ABC".index(letter) for letter in wording.order]]
    return leakage(read, sampling.low, sampling.high, generator, floor, wording.order)


def leakage(
    kept: Int64[np.ndarray, "tuple operand"],
    low: int,
    high: int,
    generator: np.random.Generator,
    floor: int = 20,
    names: Sequence[str] = ascii_uppercase,
) -> Leakage:
    """What a filter leaks that let through `kept` of the tuples of numbers `low` to `high`, operands as read.

    Kept tuples may be those with an allowed answer, or those that a model answers right. Raises `ShapeError` for no
    tuples, numbers outside the range, and a range without numbers.
    """
    if low > high or (len(kept) and not (low <= kept.min() and kept.max() <= high)):
        raise ShapeError(f"the operands must be {low} to {high}, a range that holds all that were kept")
    operands = kept.shape[1]
    number = high - low + 1
    drawn = generator.choice(number**operands, min(len(kept), number**operands), replace=False)
    everything = low + _digits(np.arange(number**operands), number, operands)
    return Leakage(leaks(kept, floor, names), leaks(everything, floor, names), leaks(everything[drawn], floor, names))


def leaks(
    tuples: Int64[np.ndarray, "tuple operand"], floor: int = 20, names: Sequence[str] = ascii_uppercase
) -> list[Leak]:
    """The leak at each operand (columns in the order of reading); a tuple that comes twice weighs twice.

    Raises `ShapeError` for no tuples.
    """
    if not tuples.size:
        raise ShapeError("there are no tuples of operands: the filter let nothing through")
    different = tuples[np.unique(_codes(tuples), return_index=True)[1]]
    found = []
    for slot, name in zip(range(tuples.shape[1]), names, strict=False):
        _, partners = np.unique(different[:, slot], return_counts=True)
        others = _information(tuples, slot, [other for other in range(tuples.shape[1]) if other != slot])
        before = _information(tuples, slot, list(range(slot)))
        found.append(Leak(name, others, before, int(partners.min()), float((partners < floor).mean())))
    return found


def _information(tuples: Int64[np.ndarray, "tuple operand"], slot: int, others: list[int]) -> float:
    """Mutual information in bits between a column and some others together; never below 0."""
    parts = _entropy(tuples[:, [slot]]) + _entropy(tuples[:, others])
    return max(0.0, parts - _entropy(tuples[:, [slot, *others]]))


def _entropy(columns: Int64[np.ndarray, "tuple column"]) -> float:
    """Entropy in bits of the rows."""
    _, counts = np.unique(_codes(columns), return_counts=True)
    shares = counts / counts.sum()
    return float(-(shares * np.log2(shares)).sum())


def _codes(columns: Int64[np.ndarray, "tuple column"]) -> Int64[np.ndarray, " tuple"]:
    """One number per row, the same for the same rows only."""
    codes = np.zeros(len(columns), np.int64)
    for column in columns.T:
        codes = codes * (column.max() - column.min() + 1) + column - column.min()
    return codes


def _digits(codes: Int64[np.ndarray, " code"], base: int, places: int) -> Int64[np.ndarray, "code place"]:
    """The digits of numbers, the first place the most significant."""
    found = np.stack([codes // base**place % base for place in reversed(range(places))], 1)
    return found.astype(np.int64)


__all__ = ["Leak", "Leakage", "leakage", "leakage_of", "leaks"]
