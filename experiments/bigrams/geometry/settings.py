"""How the residual stream is measured."""

from dataclasses import dataclass

from experiments.bigrams.settings import PAPER as PAPER_PLAN
from experiments.bigrams.settings import TINY as TINY_PLAN
from experiments.bigrams.settings import Plan


@dataclass(frozen=True)
class Settings(Plan):
    """Rotation and covariance of the residual stream in a model and in subnetworks of it, on the held-out text."""

    parts: int = 10
    """Parts of the text that are left out in turn, for the interval of the full model."""
    untrained: int = 3
    """Models with random weights beside it."""


TINY = Settings(**TINY_PLAN, parts=3, untrained=1)
"""Seconds."""
PAPER = Settings(**PAPER_PLAN)
"""The paper's models and schedule."""

__all__ = ["PAPER", "TINY", "Settings"]
