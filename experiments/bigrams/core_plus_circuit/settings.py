"""Which circuits are added to the bigram core."""

from dataclasses import dataclass

from experiments.bigrams.settings import PAPER as PAPER_PLAN
from experiments.bigrams.settings import TINY as TINY_PLAN
from experiments.bigrams.settings import Plan


@dataclass(frozen=True)
class Settings(Plan):
    """Circuits that copy what followed before, added to bigram subnetworks of `core` of the weights."""

    added: tuple[float, ...] = (0.0025, 0.01)
    """Shares of the weights that are added, reached exactly, ascending; those but `judged` with the first seed only."""
    judged: float = 0.01
    """The one of them that is judged, with every seed."""


TINY = Settings(**TINY_PLAN, added=(0.01, 0.02))
"""Seconds."""
PAPER = Settings(**PAPER_PLAN)
"""The paper's models and schedule."""

__all__ = ["PAPER", "TINY", "Settings"]
