"""Which masks are searched for, and in which models."""

from dataclasses import dataclass

from experiments.bigrams.settings import Plan


@dataclass(frozen=True)
class Settings(Plan):
    """The curve of size against correlation, masks of exact sizes, and their controls."""

    exact: tuple[float, ...] = (0.01,)
    """Further shares of the weights that are reached exactly, one mask each."""
    ladder: tuple[str, ...] = ()
    """Models of other sizes with the same tokenizer, whose curves are measured on the same text."""


__all__ = ["Settings"]
