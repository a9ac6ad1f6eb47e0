"""What a run will take, for `--dry-run`: measured on this machine with a miniature of the work, not looked up."""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import NamedTuple


class Estimate(NamedTuple):
    """What a run will need."""

    models: Sequence[str]
    """Each model with its size, in words."""
    memory: float
    """Bytes, at the peak, beside what Python and its libraries take."""
    seconds: float
    """Wall time on this machine, as busy as it is now."""

    def lines(self) -> list[str]:
        """As the dry run prints it."""
        return [
            *(f"model     {model}" for model in self.models),
            f"memory    about {self.memory / 1e9:.1f} GB",
            f"time      about {duration(self.seconds)} here, as busy as this machine is now",
        ]


def duration(seconds: float) -> str:
    """ "40 s", "7 min", "3.5 h": two digits, which is more than an estimate knows."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def timed(work: Callable[[], object]) -> float:
    """Seconds that the second of two calls takes: the first one warms up."""
    work()
    began = perf_counter()
    work()
    return perf_counter() - began


__all__ = ["Estimate", "duration", "timed"]
