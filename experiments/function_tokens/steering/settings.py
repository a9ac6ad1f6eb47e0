"""Which topics are steered to, from which prompts, how strongly and where."""

from dataclasses import dataclass
from typing import Any

from experiments.function_tokens.settings import PAPER as PAPER_PLAN
from experiments.function_tokens.settings import TINY as TINY_PLAN
from experiments.function_tokens.settings import Plan


@dataclass(frozen=True)
class Settings(Plan):
    """Latents of topics: searched for with some prompts, and tried on others."""

    topics: tuple[str, ...] = ("torch", "sympy", "networkx", "nltk")
    """Packages whose modules are documents; each in turn is the trait, and prompts are taken from the others."""
    prompt: int = 24
    """Tokens of a prompt."""
    written: int = 16
    """Tokens of a continuation."""
    temperature: float = 0.7
    """Of sampling."""
    searched: int = 20
    """Prompts, of training documents, that depth, latent and strength are chosen on: as many as in the paper."""
    prompts: int = 48
    """Prompts, of held-out documents, that success is reported on, at most: for each topic and each place."""
    strengths: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0, 4.0)
    """Lengths of what is added, in mean norms of the residual stream at that depth; ascending."""
    search_strength: float = 1.0
    """The strength of each latent while the first few that bring the trait are searched for."""
    distances: tuple[int, ...] = (0, 1, 2, 4, 8, 16)
    """How many tokens before the end of a prompt it is steered: function and content tokens, each."""
    draws: int = 3
    """Random latents beside each latent of a topic."""
    counted: int = 200
    """Held-out windows on which it is counted how often latents fire, at most."""
    numbers: tuple[int, ...] = ()
    """The latents of the release that the paper calls Speak Chinese, Russia and UK, in this order; none: not tried."""


TINY = Settings(
    **TINY_PLAN, topics=("accelerate", "anyio"), prompt=8, written=4, searched=6, prompts=8, strengths=(1.0, 4.0),
    distances=(0, 2), draws=2, counted=20,
)  # fmt: skip
"""Seconds."""
_PAPER: dict[str, Any] = {
    **PAPER_PLAN, "model": "google/gemma-2-9b-it", "corpus": "documentation", "documents": None, "context": 128,
    "held_out": 1300, "loaded": ("layer_26/width_16k/average_l0_63",),
}  # fmt: skip
PAPER = Settings(**_PAPER, numbers=(15261, 9591, 13751))
"""The paper's model and latents. It names layer 26, but neither width nor sparsity: its numbers fit this one."""

__all__ = ["PAPER", "TINY", "Settings"]
