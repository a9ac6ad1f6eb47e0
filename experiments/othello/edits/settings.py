"""Which model is edited, on how many cases, and how far the search for the best edit goes."""

from dataclasses import dataclass, field

from experiments.othello.dictionaries.settings import Plan


@dataclass(frozen=True)
class Settings:
    """Edits of the board inside one Othello model."""

    model: str = "othello-small"
    """A zoo name, a Hugging Face folder or a hub id."""
    plan: Plan = field(default_factory=Plan)
    """How the dictionaries are trained whose latents are edited."""
    pool: int = 40_000
    """Random games that cases and transpositions are looked for in."""
    choose: int = 300
    """Cases of each kind on which depths and scales are chosen."""
    report: int = 600
    """Other cases of each kind on which they are judged."""
    first_ply: int = 5
    """Shortest history, in moves."""
    last_ply: int = 30
    """Longest history, in moves."""
    scales: tuple[float, ...] = (0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
    """Lengths of edits that are tried, in units of the distance between the classes along the direction."""
    steps: int = 10
    """Moves of the roll-out after an edit."""
    given: str = ""
    """A JSON file with the cases of Li et al. 2023; empty for none."""
    probe_games: int = 1000
    """Random games that probes are fitted to."""
    batch: int = 200
    """Sequences at a time."""


__all__ = ["Settings"]
