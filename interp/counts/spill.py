"""Runs on the disk, for what memory does not hold."""

import shutil
import weakref
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

import numpy as np

from interp.counts.runs import Run
from interp.errors import FileError
from interp.files import write_parts


class Spill:
    """Runs in a new folder inside `folder` (of the system, if None), which is removed with this object."""

    def __init__(self, folder: str | Path | None = None) -> None:
        """Raises `FileError` for a `folder` that cannot be written."""
        self._parent = None if folder is None else Path(folder)
        self._folder: Path | None = None
        self._lengths: list[int] = []
        if self._parent is not None:
            self._made()

    def __len__(self) -> int:
        return len(self._lengths)

    def write(self, run: Run) -> None:
        """Put one more run there. Raises `FileError` when the disk is full; the runs before it are unharmed."""
        path = self._path(len(self))
        try:
            write_parts(path, [np.ascontiguousarray(part).data for part in run])
        except FileError:
            with suppress(OSError):
                path.unlink(missing_ok=True)
            raise
        self._lengths.append(len(run.pairs))

    def runs(self) -> list[Run]:
        """All of them, in the order in which they were written, read from the disk where they are looked at."""
        maps = [
            np.memmap(self._path(index), np.int64, "r", shape=(2, length)) for index, length in enumerate(self._lengths)
        ]
        return [Run(pairs, counts) for pairs, counts in maps]

    def drop(self, count: int) -> None:
        """Remove all runs but the first `count`."""
        for index in range(count, len(self)):
            self._path(index).unlink(missing_ok=True)
        del self._lengths[count:]

    def _path(self, index: int) -> Path:
        return self._made() / f"run-{index}"

    def _made(self) -> Path:
        if self._folder is None:
            try:
                if self._parent is not None:
                    self._parent.mkdir(parents=True, exist_ok=True)
                self._folder = Path(mkdtemp(prefix="counts-", dir=self._parent))
            except OSError as error:
                raise FileError(
                    f"cannot write {self._parent or 'the temporary folder of the system'}: {error.strerror or error}. "
                    "Make it writable, or give Counter another folder."
                ) from error
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder


__all__ = ["Spill"]
