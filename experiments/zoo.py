"""The zoo: small models that this project trained, each a Hugging Face folder with its training record."""

from pathlib import Path
from typing import Any

from interp.errors import InterpError
from interp.files import read_json, write_bytes

LIMIT = 12_000_000
"""Bytes of one model folder."""

FACTS = (
    "parameters", "games", "tokens", "steps", "seconds", "loss", "held_out_loss", "floor", "legal", "legality",
    "validation_loss", "unigram_loss", "bigram_loss", "trigram_loss",
)  # fmt: skip
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


def publish(model: Path, paper: str, name: str, root: Path = Path(__file__).parent) -> Path:
    """Copy a finished model folder into the zoo, file by file and whole; its place there.

    Raises `InterpError` for a model above the 12 MB that a zoo model may have.
    """
    files = sorted(path for path in model.iterdir() if path.is_file())
    size = sum(path.stat().st_size for path in files)
    if size > LIMIT:
        raise InterpError(f"{model} has {size / 1e6:.1f} MB; a model of the zoo may have {LIMIT / 1e6:.0f}")
    place = root / paper / "models" / name
    for path in files:
        write_bytes(place / path.name, path.read_bytes())
    return place


__all__ = ["describe", "folders", "publish"]
