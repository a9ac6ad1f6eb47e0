"""Which checkpoints are looked at."""

from dataclasses import dataclass

from experiments.bigrams.settings import Plan


@dataclass(frozen=True)
class Settings(Plan):
    """Subnetworks of a model along its training, each with the same number of weights, and of untrained models."""

    checkpoints: str = "runs/train/docs-small/checkpoints"
    """A folder of models called step-000000 and so on, or "hub": the model's revisions step0 and so on."""
    at: tuple[int, ...] = (0, 173, 569, 1258, 2780, 6144)
    """Training steps of the checkpoints, ascending, 0 first."""
    fit: int = 256
    """Windows of the training text on which the linear map between the embeddings is fitted."""


__all__ = ["Settings"]
