"""A process that harvests, and stands still with half of a shard's rows on the disk until it is killed.

python -m tests.interp.store.victim FOLDER SHARD
"""

import io
import sys
import time
from pathlib import Path
from typing import Any

from interp import files
from tests.interp.store.harvested import harvested


def main(folder: Path, shard: str) -> None:
    class Halves(io.FileIO):
        """The rows of the shard never get their second half."""

        def write(self, content: Any) -> int:
            if f".{int(shard):05}." in str(self.name) and "rows_1" in str(self.name):
                super().write(content[: len(content) // 2])
                time.sleep(600)
            return super().write(content)

    files.open = Halves  # type: ignore[attr-defined]
    harvested(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
