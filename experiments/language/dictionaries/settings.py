"""What is harvested, what is trained on it, and what is looked at."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Dictionaries at every depth of one language model."""

    model: str = "docs-small"
    """A zoo name, a Hugging Face folder or a hub id, with a tokenizer."""
    corpus: str = "documentation"
    """Text, as `interp.text.documents` reads it: a path, a dataset's name, or "documentation"."""
    documents: int | None = None
    """Take the first so many documents only."""
    context: int = 128
    """Tokens that the model reads at a time, BOS included."""
    sequences: int = 4096
    """Windows that dictionaries are trained on, at most."""
    held_out: int = 400
    """Windows of other documents that they are judged on, at most."""
    width: int = 1024
    """Latents of each dictionary."""
    k: int = 32
    """Latents that each row may use."""
    rows: int = 1_000_000
    """Rows that each dictionary is trained on, those seen again included."""
    batch: int = 2048
    """Rows in a step."""
    pages: int = 6
    """Latents of the middle depth that the report opens, drawn at random among those that fire."""
