"""Models along the way: which steps are kept, and how a model becomes a Hugging Face folder that is whole or absent."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from interp.files import write_bytes, write_json


def log_steps(steps: int, count: int) -> list[int]:
    """Step 0, and up to `count - 1` steps from 1 to `steps` at equal distances in log(step).

    Fewer where neighbours round to the same step. Raises `ValueError` for less than 3.
    """
    if count < 3 or steps < 1:
        raise ValueError(f"need at least 3 checkpoints (0, 1 and the last) of at least 1 step, not {count} of {steps}")
    return sorted({0, *(round(steps ** (number / (count - 2))) for number in range(count - 1))})


def folder(out: Path, step: int) -> Path:
    """Where the model after `step` steps lies."""
    return out / "checkpoints" / f"step-{step:06}"


def save(model: Any, tokenizer: Any, place: Path, record: Mapping[str, Any]) -> None:
    """Write model, tokenizer and `training.json` to the folder `place`, over what is there.

    Each file appears whole, and `config.json`, without which the folder is no model, comes last.
    """
    from transformers.utils import logging

    logging.disable_progress_bar()
    with TemporaryDirectory() as aside:
        model.save_pretrained(aside)
        tokenizer.save_pretrained(aside)
        files = {path.name: path for path in sorted(Path(aside).iterdir())}
        write_json(place / "training.json", record)
        for name in [*(files.keys() - {"config.json"}), "config.json"]:
            write_bytes(place / name, files[name].read_bytes())
