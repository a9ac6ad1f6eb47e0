"""The zoo: small models that installed packages ship, found through the entry point group `interp.zoo`."""

from importlib.metadata import entry_points
from pathlib import Path


def zoo() -> dict[str, Path]:
    """The Hugging Face folder of every zoo model, by name."""
    found: dict[str, Path] = {}
    for entry in entry_points(group="interp.zoo"):
        found |= entry.load()()
    return found
