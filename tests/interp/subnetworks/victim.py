"""A search that stands still in a given step until its process is killed."""

import time
from pathlib import Path

from tests.interp.subnetworks.made import PLANS, run


def main(folder: Path, plan: str, step: int) -> None:
    """Search in a folder, and stand still when the tokens of the step are asked for."""

    def watch(here: int) -> None:
        if here == step:
            time.sleep(600)

    run(folder, PLANS[plan], watch)
