"""Numbers too small for a float's full precision, which a CPU computes with a hundred times as slowly."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

LEAST = 1e-30
"""A gate below this is 0: what it lets through is lost in any float32 sum, and products with it are denormal."""


@contextmanager
def flushed() -> Iterator[None]:
    """Take denormal results of this thread for 0, and let them be again afterwards.

    A closing gate and its gradient pass through them for hundreds of steps, and steps would take ten times as long.
    Other threads of PyTorch are out of reach, so gates below `LEAST` are closed besides. On a processor that cannot
    flush them nothing changes.
    """
    before = flushing()
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(before)


def flushing() -> bool:
    """Whether this thread takes denormal results for 0."""
    return not torch.tensor(1e-38).mul(1e-3)


__all__ = ["LEAST", "flushed", "flushing"]
