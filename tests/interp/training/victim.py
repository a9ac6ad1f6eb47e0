"""A training that stands still at a given moment until its process is killed."""

import hashlib
import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from interp import files
from interp.training import Plan, checkpoint, log
from tests.interp.training.made import Job, bits, calm, job

PLAN = Plan(steps=60, log_every=2, checkpoint_every=10)


def main(folder: Path, moment: str) -> None:
    """Train in a folder. `step:N` stands still in step N, `writing:N` with half of the N-th checkpoint on the disk (the
    first is that of step 0)."""
    kind, _, number = moment.partition(":")

    def watch(place: str, step: int) -> None:
        if kind == "step" and (place, step) == ("objective", int(number)):
            time.sleep(600)

    if kind == "writing":
        _stand_still_writing(int(number))
    _train(folder, watch)


def to_the_end(folder: Path) -> str:
    """Train to the end: a digest of all that is left."""
    here = _train(folder, calm)
    left = {**bits(here.net, here.optimizer), "log": (folder / log.FILE).read_text()}
    return hashlib.sha256(repr(sorted(left.items())).encode()).hexdigest()


def _train(folder: Path, watch: Callable[[str, int], None]) -> Job:
    here = job("fused adamw", watch)
    here.train(folder, PLAN)
    return here


def _stand_still_writing(number: int) -> None:
    """Files are written in two halves, and the N-th checkpoint never gets its second."""
    checkpoints = 0

    class Halves(io.FileIO):
        def write(self, content: Any) -> int:
            nonlocal checkpoints
            super().write(content[: len(content) // 2])
            checkpoints += checkpoint.FILE in str(self.name)
            if checkpoints == number and checkpoint.FILE in str(self.name):
                time.sleep(600)
            return super().write(content[len(content) // 2 :])

    files.open = Halves  # type: ignore[attr-defined]
