"""Times that can be compared: everybody in turn, in a new order each round, medians and their spread."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float


class Contestant(NamedTuple):
    """Something to be timed."""

    name: str
    """What a reader of the table understands."""
    run: Callable[[], object]
    """One call of it."""
    amount: float = 1.0
    """Units of work (tokens, games) in one call."""


class Spread(NamedTuple):
    """The middle half of some numbers."""

    low: float
    """First quartile."""
    median: float
    """Second quartile."""
    high: float
    """Third quartile."""


class Row(NamedTuple):
    """What one contestant came to."""

    name: str
    """Its name."""
    seconds: Spread
    """Of one call."""
    rate: float
    """Units of work a second, at the median."""
    ratio: float
    """Its median time a unit over the reference's: 2 is twice as slow."""
    pairs: Spread
    """The same ratio within each round, free of whatever slowed whole rounds down."""
    calls: list[float]
    """Seconds of each call, in the order of the rounds."""


def interleaved(
    contestants: Sequence[Contestant],
    repetitions: int,
    *,
    warmup: int = 2,
    seed: int = 0,
    measure: Callable[[Contestant], float],
) -> dict[str, list[float]]:
    """Seconds of each call, by name: `repetitions` rounds in which everybody is called once, in a new order.

    Neither a neighbour in the order nor a slow minute of the machine then favours anybody. `warmup` rounds come first
    and do not count.
    """
    if repetitions < 1 or warmup < 0:
        raise ValueError(f"repetitions must be 1 or more and warmup 0 or more, not {repetitions} and {warmup}")
    if len({contestant.name for contestant in contestants}) != len(contestants):
        raise ValueError(f"two contestants have one name: {[contestant.name for contestant in contestants]}")
    rng = np.random.default_rng(seed)
    seconds: dict[str, list[float]] = {contestant.name: [] for contestant in contestants}
    for turn in range(warmup + repetitions):
        for index in rng.permutation(len(contestants)):
            took = measure(contestants[index])
            if turn >= warmup:
                seconds[contestants[index].name].append(took)
    return seconds


def stopwatch(device: str = "cpu") -> Callable[[Contestant], float]:
    """Wall time of one call, the work that it queued on a GPU included."""

    def wait() -> None:
        if device.startswith("cuda"):
            torch.cuda.synchronize(device)

    def measure(contestant: Contestant) -> float:
        wait()
        began = time.perf_counter()
        contestant.run()
        wait()
        return time.perf_counter() - began

    return measure


def rows(contestants: Sequence[Contestant], seconds: Mapping[str, Sequence[float]], reference: str) -> list[Row]:
    """One row a contestant, in their order, relative to the one called `reference`."""
    amounts = {contestant.name: contestant.amount for contestant in contestants}
    base = np.array(seconds[reference]) / amounts[reference]
    return [_row(name, amount, seconds[name], base) for name, amount in amounts.items()]


def _row(name: str, amount: float, calls: Sequence[float], base: Float[np.ndarray, "call"]) -> Row:
    unit = np.array(calls) / amount
    ratio = float(np.median(unit) / np.median(base))
    return Row(name, spread(calls), float(1 / np.median(unit)), ratio, spread(unit / base), list(calls))


def spread(values: Sequence[float] | Float[np.ndarray, "call"]) -> Spread:
    """The quartiles, between neighbours where they fall there."""
    return Spread(*(float(value) for value in np.quantile(np.asarray(values, dtype=np.float64), [0.25, 0.5, 0.75])))
