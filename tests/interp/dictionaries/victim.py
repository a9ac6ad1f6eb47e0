"""A training of dictionaries that stands still at a given moment until its process is killed."""

import io
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from interp import files
from interp.dictionaries.trainer import train_many
from tests.interp.dictionaries.made import JOBS, TINY, stream


def main(folder: Path, moment: str) -> None:
    """Train in a folder. `step:N` stands still in step N; `checkpoint:N` with half of the N-th checkpoint of this
    process on the disk, and `weights:N` with half of the N-th saved dictionary."""
    kind, _, number = moment.partition(":")
    batches = stream()

    class Still:
        identity = batches.identity

        def __call__(self, step: int) -> Mapping[Any, Tensor]:
            if kind == "step" and step == int(number):
                time.sleep(600)
            return batches(step)

    if kind in ("checkpoint", "weights"):
        _stand_still_writing(f"{kind}.safetensors", int(number))
    train_many(Still(), JOBS, TINY, folder, quiet=True)


def _stand_still_writing(name: str, number: int) -> None:
    """Files are written in two halves, and the N-th called `name` never gets its second."""
    written = 0

    class Halves(io.FileIO):
        def write(self, content: Any) -> int:
            nonlocal written
            super().write(content[: len(content) // 2])
            if name in str(self.name):
                written += 1
                if written == number:
                    time.sleep(600)
            return super().write(content[len(content) // 2 :])

    files.open = Halves  # type: ignore[attr-defined]
