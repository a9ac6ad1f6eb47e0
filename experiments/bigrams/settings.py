"""What every experiment with bigram subnetworks is told: model, text, and how masks are searched for."""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Plan:
    """The settings of each experiment extend these, so that equal searches are found again and not made twice."""

    model: str = "docs-small"
    """A zoo name, a Hugging Face folder or a hub id, with a tokenizer."""
    corpus: str = "documentation"
    """Text, as `interp.text.documents` reads it: a path, a dataset's name, or "documentation"."""
    documents: int | None = None
    """Take the first so many documents only."""
    bos: bool = False
    """Whether every window begins with the tokenizer's BOS, as models of the Llama family need it."""
    context: int = 128
    """Tokens of a window, BOS included."""
    held_out: int = 256
    """Windows of other documents that masks are judged on, at most."""
    batch: int = 6
    """Windows in a step of a search."""
    steps: int = 500
    """Steps of a search; under the published schedule the most that it may take."""
    schedule: Literal["short", "published"] = "short"
    """Rates and hardening of the masks: the paper's, or the same path in `steps` steps (and up to 1.4 times as many,
    until the masks are decided)."""
    lams: tuple[float, ...] = (0.0, 0.5, 2.0, 7.0, 25.0)
    """Penalties of the curve of size against correlation, ascending, 0 first."""
    core: float = 0.05
    """Share of the weights that "the" bigram subnetwork keeps, reached exactly."""
    optimal: tuple[float, ...] = (0.2, 0.1, 0.05, 0.02)
    """Shares of the weights that the subnetworks keep which imitate the full model, reached exactly, descending."""
    seeds: int = 3
    """Masks of the core, each searched for with a seed of its own; as many draws of every random control."""


TINY: dict[str, Any] = {
    "documents": 120, "context": 32, "held_out": 12, "batch": 4, "steps": 12, "lams": (0.0, 5.0),
    "optimal": (0.1, 0.05), "seeds": 2,
}  # fmt: skip
"""Seconds: to see that all works."""
PAPER: dict[str, Any] = {
    "model": "EleutherAI/pythia-160m", "corpus": "Salesforce/wikitext", "held_out": 10_000, "batch": 32,
    "steps": 15_000, "schedule": "published", "lams": (0.0, 1.0, 5.0, 10.0, 50.0, 100.0, 500.0, 1000.0),
    "core": 0.0852, "optimal": (0.4, 0.2, 0.133, 0.0852),
}  # fmt: skip
"""The paper's models, penalties and schedule. Its text, OSCAR, is not free to download: name one with --corpus."""

__all__ = ["PAPER", "TINY", "Plan"]
