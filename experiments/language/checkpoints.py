"""Models along the way: which steps are kept, and how a model becomes a Hugging Face folder that is whole or absent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import interp
from interp.errors import FileError, InterpError
from interp.files import write_bytes, write_json
from interp.models.model import Model

HUB = "hub:"
"""Stands before the name of a model whose revisions on the hub are step0, step1 and so on."""


@dataclass(frozen=True)
class Series:
    """The models of one training, by step."""

    source: str
    """A folder of models called step-000000 and so on, or "hub:" and the name of a model with revisions."""
    steps: tuple[int, ...]
    """The steps that are looked at, ascending, 0 first."""

    @property
    def name(self) -> str:
        """The model that was trained: `docs-small` of runs/train/docs-small/checkpoints."""
        if self.source.startswith(HUB):
            return self.source.removeprefix(HUB)
        place = Path(self.source)
        return place.parent.name if place.name == "checkpoints" and place.parent.name else place.name

    def load(self, step: int, device: str = "cpu", dtype: str = "float32") -> Model:
        """The model after `step` steps."""
        if self.source.startswith(HUB):
            name = self.source.removeprefix(HUB)
            return interp.load(name, revision=f"step{step}", device=device, dtype=dtype)
        return interp.load(_place(Path(self.source), step), device=device, dtype=dtype)


def series(source: str, steps: Sequence[int] | None = None, *, trainer: str = "docs-small") -> Series:
    """Checkpoints at some steps, by default all that there are; `trainer` is what the user is told to make them with.

    Looks whether they are there before any is loaded. Raises `FileError` for those that are not, and `InterpError` for
    an order of no use and for revisions of the hub without steps.
    """
    if steps is None and source.startswith(HUB):
        raise InterpError(f"which revisions of {source.removeprefix(HUB)} are there? Name their steps")
    there = None if source.startswith(HUB) else _there(Path(source), trainer)
    wanted = tuple(there if steps is None and there is not None else steps or ())
    if list(wanted) != sorted(set(wanted)) or wanted[:1] != (0,) or len(wanted) < 2:
        raise InterpError(f"checkpoints are given by step, ascending from 0, two at least, not {wanted}")
    for step in wanted:
        if there is not None and step not in there:
            raise FileError(f"{source} has no checkpoint of step {step}. There are: {', '.join(map(str, there))}")
    return Series(source, wanted)


def log_steps(steps: int, count: int) -> list[int]:
    """Step 0, and up to `count - 1` steps from 1 to `steps` at equal distances in log(step).

    Fewer where neighbours round to the same step. Raises `ValueError` for less than 3.
    """
    if count < 3 or steps < 1:
        raise ValueError(f"need at least 3 checkpoints (0, 1 and the last) of at least 1 step, not {count} of {steps}")
    return sorted({0, *(round(steps ** (number / (count - 2))) for number in range(count - 1))})


def folder(out: Path, step: int) -> Path:
    """Where the model after `step` steps lies."""
    return _place(out / "checkpoints", step)


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


def _place(checkpoints: Path, step: int) -> Path:
    return checkpoints / f"step-{step:06}"


def _there(checkpoints: Path, trainer: str) -> list[int]:
    """The steps of the models in a folder, ascending."""
    found = sorted(int(path.parent.name[5:]) for path in checkpoints.glob("step-[0-9]*/config.json"))
    if not found:
        raise FileError(
            f"there are no checkpoints in {checkpoints}. `interp train {trainer}` makes them, in about an hour; or "
            "name another folder."
        )
    return found
