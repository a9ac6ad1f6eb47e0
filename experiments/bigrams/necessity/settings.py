"""On how much text subnetworks are taken away, and what is written without them."""

from dataclasses import dataclass

from experiments.bigrams.settings import PAPER as PAPER_PLAN
from experiments.bigrams.settings import TINY as TINY_PLAN
from experiments.bigrams.settings import Plan


@dataclass(frozen=True)
class Settings(Plan):
    """Losses and continuations without the bigram subnetwork, and without what it must beat."""

    windows: int = 128
    """Held-out windows that losses are measured on, at most: there are some hundred losses to measure."""
    prompts: int = 64
    """Held-out windows that are continued, at most."""
    prompt: int = 16
    """Tokens of a prompt."""
    written: int = 48
    """Tokens of a continuation."""
    temperature: float = 0.3
    """Of sampling, as in the paper."""


TINY = Settings(**TINY_PLAN, windows=6, prompts=4, prompt=8, written=12)
"""Seconds."""
PAPER = Settings(**PAPER_PLAN, windows=10_000, prompts=200)
"""The paper's models and schedule."""

__all__ = ["PAPER", "TINY", "Settings"]
