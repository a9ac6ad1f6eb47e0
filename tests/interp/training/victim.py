"""A process that trains in a folder, and stands still at a given moment until it is killed.

    python -m tests.interp.training.victim FOLDER [step:N | writing:N]

`step:N` stands still in step N, `writing:N` with half of the N-th checkpoint on the disk (the first is that of step 0).
Without a moment it trains to the end and prints a digest of all that it holds.
"""

import hashlib
import io
import sys
import time
from pathlib import Path
from typing import Any

from interp import files
from interp.training import Plan, checkpoint, log
from tests.interp.training.made import bits, job

PLAN = Plan(steps=60, log_every=2, checkpoint_every=10)


def main(folder: Path, moment: str = "") -> None:
    kind, _, number = moment.partition(":")

    def watch(place: str, step: int) -> None:
        if kind == "step" and (place, step) == ("objective", int(number)):
            time.sleep(600)

    if kind == "writing":
        _stand_still_writing(int(number))
    here = job("fused adamw", watch)
    here.train(folder, PLAN)
    left = {**bits(here.net, here.optimizer), "log": (folder / log.FILE).read_text()}
    print(hashlib.sha256(repr(sorted(left.items())).encode()).hexdigest())


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


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
