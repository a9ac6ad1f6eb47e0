"""Which of the best prunings are compared with the bigram subnetwork."""

from dataclasses import dataclass

from experiments.bigrams.settings import PAPER as PAPER_PLAN
from experiments.bigrams.settings import TINY as TINY_PLAN
from experiments.bigrams.settings import Plan


@dataclass(frozen=True)
class Settings(Plan):
    """Subnetworks that imitate the full model at the sizes `optimal`, beside the bigram subnetwork."""


TINY = Settings(**TINY_PLAN)
"""Seconds."""
PAPER = Settings(**PAPER_PLAN)
"""The paper's models and schedule."""

__all__ = ["PAPER", "TINY", "Settings"]
