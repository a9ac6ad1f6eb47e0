"""The zoo: small models that this project trained, each a Hugging Face folder with its training record."""

from pathlib import Path
from typing import Any

from interp.errors import InterpError
from interp.files import read_json

FACTS = ("parameters", "games", "steps", "seconds", "loss", "held_out_loss", "floor", "legal", "legality")
"""What `describe` takes from a training record: from its top, and from the last line of its log."""


def folders(root: Path = Path(__file__).parent) -> dict[str, Path]:
    """Every model of the zoo by name: the folders `*/models/<name>` under `root` that hold a config.json.

    The entry point `interp.zoo`, by which `interp.load("name")` finds them. Raises `InterpError` when two papers have
    a model of the same name.
    """
    found: dict[str, Path] = {}
    for config in sorted(root.glob("*/models/*/config.json")):
        name = config.parent.name
        if name in found:
            homes = [path.parent.parent.name for path in (found[name], config.parent)]
            raise InterpError(f"two models are called {name!r}, in {homes[0]} and {homes[1]}: rename one folder")
        found[name] = config.parent
    return found


def describe(folder: Path) -> dict[str, Any]:
    """Megabytes of weights, and what `training.json` says of the training as far as it does."""
    facts: dict[str, Any] = {"megabytes": round(sum(p.stat().st_size for p in folder.glob("*.safetensors")) / 1e6, 2)}
    if not (folder / "training.json").exists():
        return facts
    record = read_json(folder / "training.json")
    last = (record.get("log") or [{}])[-1]
    facts |= {name: source[name] for name in FACTS for source in (last, record) if name in source}
    return {**facts, "command": record.get("command", f"interp train {folder.name}")}


__all__ = ["describe", "folders"]
