"""Which operands are asked about: their range, and a filter on the answer."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sampling:
    """All tuples of numbers in a range whose answer lies in another. A filter leaks: see `leakage`."""

    low: int = 0
    """Smallest operand."""
    high: int = 49
    """Largest operand."""
    answers: tuple[int, int] = (0, 99)
    """Smallest and largest answer that is asked for."""


DEMO = Sampling(low=1, high=99, answers=(0, 299))
"""The authors' demonstration of the subgraph: all pairs of 1 to 99 with an answer from 0 to 299."""
BASE = Sampling(low=0, high=100, answers=(0, 999))
"""Their measurement of what the full model can do: pairs of 0 to 100 with an answer from 0 to 999."""

__all__ = ["BASE", "DEMO", "Sampling"]
