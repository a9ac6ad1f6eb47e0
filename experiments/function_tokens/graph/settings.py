"""Which graphs are built, and what they are held against."""

from dataclasses import dataclass

from experiments.function_tokens.settings import PAPER as PAPER_PLAN
from experiments.function_tokens.settings import TINY as TINY_PLAN
from experiments.function_tokens.settings import Plan


@dataclass(frozen=True)
class Settings(Plan):
    """A graph at every depth, some of an untrained model, and at one depth of other widths and sparsities."""

    widths: tuple[int, ...] = (1024, 20_480)
    """Other widths of a dictionary at the middle depth: of the sparsity `k`, and above `width` of the least of `ks`."""
    ks: tuple[int, ...] = (8, 128)
    """Other sparsities there, of the width `width`."""
    sweep_rows: int = 196_608
    """Rows that each of these is trained on."""
    untrained: bool = True
    """Whether a model with random weights goes through it, too, at a shallow, a middle and a deep place."""
    draws: int = 10
    """Shufflings of each null, and random sets of each kind."""
    parts: int = 10
    """Parts of the documents: coverage is judged in each; for numbers of the text, each is left out in turn."""
    sizes: tuple[int, ...] = (2, 5, 10, 20, 30)
    """Occurrences of each token at which the latents that they reach are compared, ascending."""
    shares: tuple[float, ...] = (0.2, 0.3, 0.4, 0.5)
    """Other shares of the text by which function tokens are chosen."""


TINY = Settings(**TINY_PLAN, widths=(1024,), ks=(4,), sweep_rows=4096, draws=3, parts=4, sizes=(2, 5, 8))
"""Seconds."""
PAPER = Settings(**PAPER_PLAN, widths=(), ks=(), untrained=False, draws=10)
"""The paper's model and dictionaries at depths 10, 21 and 32. There are no dictionaries of an untrained Gemma."""

__all__ = ["PAPER", "TINY", "Settings"]
