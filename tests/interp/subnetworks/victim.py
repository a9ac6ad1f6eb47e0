"""A process that searches in a folder, and stands still in a given step until it is killed.

    python -m tests.interp.subnetworks.victim FOLDER PLAN [STEP]

Without a step it searches to the end and prints a digest of what it found.
"""

import sys
import time
from pathlib import Path

from tests.interp.subnetworks.made import PLANS, digest, run


def main(folder: Path, plan: str, step: str = "") -> None:
    def watch(here: int) -> None:
        if step and here == int(step):
            time.sleep(600)

    print(digest(run(folder, PLANS[plan], watch)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
