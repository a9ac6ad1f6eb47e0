"""What `othello/probes` is asked to do."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What is probed, with what."""

    model: str = "othello-small"
    """A zoo name, a Hugging Face folder or a hub id."""
    dropout_model: str = "othello-dropout"
    """A model of the same board that was trained with dropout, for the four curves; empty for none."""
    dropout: float = 0.2
    """The dropout that is left on in two of the four curves: that of Du et al."""
    train_games: int = 1200
    """Random games that probes and floors are fitted to."""
    test_games: int = 500
    """Other random games that they are judged on."""
    ridge: float = 1e-4
    """Penalty of the linear probes, relative to the variance of each feature."""
    mlp_hidden: int = 128
    """Hidden units of the MLP probes."""
    mlp_epochs: int = 6
    """Passes over the rows that the MLP probes train for."""
    batch: int = 100
    """Games at a time."""


__all__ = ["Settings"]
