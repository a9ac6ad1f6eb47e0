"""What every experiment with function tokens is told: model, text, dictionaries, which tokens are function tokens."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Plan:
    """The settings of each experiment extend these, so that equal dictionaries are trained once."""

    model: str = "docs-small"
    """A zoo name, a Hugging Face folder or a hub id, with a tokenizer."""
    corpus: str = "documentation"
    """Text, as `interp.text.documents` reads it: a path, a dataset's name, or "documentation"."""
    documents: int | None = None
    """Take the first so many documents only."""
    bos: bool = False
    """Whether every window begins with the tokenizer's BOS, as models of the Llama and Gemma families need it."""
    context: int = 128
    """Tokens of a window, BOS included."""
    sequences: int = 4096
    """Windows that dictionaries are trained on, at most."""
    held_out: int = 1300
    """Windows of documents that neither model nor dictionaries have seen, at most: what everything is measured on."""
    width: int = 4096
    """Latents of a dictionary."""
    k: int = 32
    """Latents that each row may use."""
    rows: int = 393_216
    """Rows that each dictionary is trained on, those seen again included."""
    batch: int = 2048
    """Rows in a step of training."""
    share: float = 0.40
    """Function tokens are the most frequent ones that cover this share of the training text."""
    release: str | None = None
    """A release that SAELens knows, or a local folder, whose dictionaries are loaded instead of training any."""
    loaded: tuple[str, ...] = ()
    """Which dictionaries of the release: their names, or the folders inside it."""


TINY: dict[str, Any] = {
    "documents": 120, "context": 32, "sequences": 200, "held_out": 60, "width": 512, "k": 8, "rows": 8192,
    "batch": 512,
}  # fmt: skip
"""Seconds: to see that all works."""
PAPER: dict[str, Any] = {
    "model": "google/gemma-2-9b", "corpus": "cerebras/SlimPajama-627B", "documents": 300_000, "bos": True,
    "context": 512, "held_out": 10_000, "release": "gemma-scope-9b-pt-res",
    "loaded": tuple(f"layer_{layer}/width_1m/average_l0_{l0}" for layer, l0 in ((9, 70), (20, 57), (31, 77))),
}  # fmt: skip
"""The paper's model, text and dictionaries. It does not say which of the six sparsities of each width it took."""

__all__ = ["PAPER", "TINY", "Plan"]
