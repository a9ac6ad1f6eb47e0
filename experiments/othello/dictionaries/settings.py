"""What dictionaries are trained on, which, and on how many games they are looked at."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Plan:
    """How dictionaries of one model are trained."""

    games: int = 25_600
    """Random games whose positions they see."""
    rows: int = 1_500_000
    """Positions that each is trained on, those seen again included."""
    batch: int = 2048
    """Positions in a step."""
    width: int = 1024
    """Latents."""
    k: int = 32
    """Latents that each position may use."""


@dataclass(frozen=True)
class Settings:
    """Dictionaries at every depth of one Othello model, and what is asked of them."""

    model: str = "othello-small"
    """A zoo name, a Hugging Face folder or a hub id."""
    plan: Plan = field(default_factory=Plan)
    """How dictionaries are trained."""
    penalty: float = 0.09
    """Of the kind that Du et al. train: what the sum of activations counts beside the length of the error."""
    probe_games: int = 1000
    """Random games that probes are fitted to."""
    games: int = 1000
    """Random games on which latents are chosen, and as many others on which they are judged."""
    sweep: bool = True
    """Whether widths and kinds are compared at one depth, which takes a second training as long as the first."""
    batch: int = 100
    """Games at a time."""


__all__ = ["Plan", "Settings"]
