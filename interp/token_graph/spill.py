"""Runs on the disk, for what memory does not hold."""

import shutil
import weakref
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

from interp.errors import FileError
from interp.files import write_parts
from interp.token_graph.runs import Run


class Scratch:
    """A new folder inside `folder` (of the system, if None, and made when it is needed), removed with this object."""

    def __init__(self, folder: str | Path | None = None) -> None:
        """Raises `FileError` for a `folder` that cannot be written."""
        self._parent = None if folder is None else Path(folder)
        self._folder: Path | None = None
        if self._parent is not None:
            self.path("")

    def path(self, name: str) -> Path:
        """A file in it. Raises `FileError` when the folder cannot be made."""
        if self._folder is None:
            try:
                if self._parent is not None:
                    self._parent.mkdir(parents=True, exist_ok=True)
                self._folder = Path(mkdtemp(prefix="token-graph-", dir=self._parent))
            except OSError as error:
                raise FileError(
                    f"cannot write {self._parent or 'the temporary folder of the system'}: {error.strerror or error}. "
                    "Make it writable, or give GraphBuilder another folder."
                ) from error
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder / name


class Spill:
    """Runs in files of a scratch folder."""

    def __init__(self, scratch: Scratch, counts: bool, first: bool, kind: type[np.integer[Any]] = np.int64) -> None:
        """`kind` is that of cells alone; with counts or positions beside them, all are int64."""
        self._scratch = scratch
        self._columns, self._kind = (counts, first), kind
        self._lengths: list[int] = []

    def __len__(self) -> int:
        return len(self._lengths)

    def write(self, run: Run) -> None:
        """Put one more run there. Raises `FileError` when the disk is full; the runs before it are unharmed."""
        path = self._path(len(self))
        try:
            write_parts(path, [np.ascontiguousarray(column).data for column in run if column is not None])
        except FileError:
            with suppress(OSError):
                path.unlink(missing_ok=True)
            raise
        self._lengths.append(len(run.cells))

    def runs(self) -> list[Run]:
        """All of them, in the order in which they were written, read from the disk where they are looked at."""
        found = []
        for index, length in enumerate(self._lengths):
            cells, *more = np.asarray(
                np.memmap(self._path(index), self._kind, "r", shape=(1 + sum(self._columns), length))
            )
            rows = iter(more)
            counts, first = (next(rows) if kept else None for kept in self._columns)
            found.append(Run(cells, counts, first))
        return found

    def _path(self, index: int) -> Path:
        return self._scratch.path(f"run-{index}")


__all__ = ["Scratch", "Spill"]
