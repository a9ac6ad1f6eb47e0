"""A harvest that stands still with half of a shard's rows on the disk until its process is killed."""

import io
import time
from pathlib import Path
from typing import Any

from interp import files
from tests.interp.store.harvested import harvested


def main(folder: Path, shard: int) -> None:
    """Harvest in a folder until the rows of this shard are written."""

    class Halves(io.FileIO):
        """The rows of the shard never get their second half."""

        def write(self, content: Any) -> int:
            if f".{shard:05}." in str(self.name) and "rows_1" in str(self.name):
                super().write(content[: len(content) // 2])
                time.sleep(600)
            return super().write(content)

    files.open = Halves  # type: ignore[attr-defined]
    harvested(folder)
