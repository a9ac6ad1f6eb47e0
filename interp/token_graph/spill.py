"""Runs on the disk, for what memory does not hold."""

import os
import shutil
import weakref
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NamedTuple

import numpy as np

from interp.errors import FileError
from interp.token_graph.runs import PIECE, Run, merged_in_pieces

FAN = 64
"""So many runs become one, and so many of these again: thousands would be too many files to hold open, and of each
there would be an entry or two to take at a time."""
ADVICE = (
    "Free some space there, make it writable, or choose another folder (`folder` of GraphBuilder and build, `out` of "
    "build_in)."
)
"""What can be done where nothing can be written, whoever asked for it."""


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
                place = self._parent or "the temporary folder of the system"
                raise FileError(f"cannot write {place}: {error.strerror or error}. {ADVICE}") from error
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder / name


class _File(NamedTuple):
    """Where a run lies."""

    path: Path
    length: int
    """Its entries."""
    room: int
    """Entries from the beginning of a column to that of the next: a merged run is shorter than was known before."""
    tier: int
    """How often what is in it was merged on the disk."""


class Spill:
    """Runs in files of a scratch folder; of each tier fewer than `FAN` + 1, the oldest merged first and most often.

    What an earlier run knows of a cell came before what later ones know of it.
    """

    def __init__(
        self,
        scratch: Scratch,
        counts: bool,
        first: bool,
        kind: type[np.integer[Any]] = np.int64,
        piece: int = PIECE,
    ) -> None:
        """`kind` is that of cells alone; with counts or positions beside them, all are int64.

        About `piece` entries lie in memory while runs are merged.
        """
        self._scratch, self._piece = scratch, piece
        self._columns, self._kind = 1 + counts + first, np.dtype(kind)
        self._keeps = counts, first
        self._files: list[_File] = []
        self._made = 0

    def __len__(self) -> int:
        return len(self._files)

    def write(self, run: Run) -> None:
        """Put one more run there. Raises `FileError` when the disk is full: the runs before it are unharmed.

        Merging runs takes their room on the disk a second time for a while.
        """
        self._consolidate()
        self._files.append(self._written([run], len(run.cells), 0))

    def runs(self) -> list[Run]:
        """All of them, from the earliest on, read from the disk where they are looked at.

        Raises `FileError` when they cannot be opened; they may be asked for again.
        """
        return [self._read(one) for one in self._files]

    def _consolidate(self) -> None:
        """Make one run of those of the last tier while there are too many."""
        while self._files:
            tier = self._files[-1].tier
            begin = next(index for index, one in enumerate(self._files) if one.tier == tier)
            old = self._files[begin:]
            if len(old) < FAN:
                return
            pieces = merged_in_pieces([self._read(one) for one in old], self._piece, in_time=True)
            self._files[begin:] = [self._written(pieces, sum(one.length for one in old), tier + 1)]
            for one in old:
                with suppress(OSError):  # it goes with the folder at the latest
                    one.path.unlink()

    def _written(self, pieces: Iterable[Run], room: int, tier: int) -> _File:
        """One run of pieces that follow each other, of `room` entries or fewer: what a column lacks is a hole."""
        path, length, size = self._scratch.path(f"run-{self._made}"), 0, self._kind.itemsize
        try:
            with open(path, "wb") as handle:
                for piece in pieces:
                    for number, column in enumerate(column for column in piece if column is not None):
                        handle.seek((number * room + length) * size)
                        handle.write(np.ascontiguousarray(column).data)
                    length += len(piece.cells)
                handle.truncate(self._columns * room * size)
                handle.flush()
                os.fsync(handle.fileno())
        except OSError as error:
            with suppress(OSError):  # a part of a run must not keep a full disk full
                path.unlink(missing_ok=True)
            if isinstance(error, FileError):
                raise
            raise FileError(
                f"cannot write {path}: {error.strerror or error}. What was there before is unharmed. {ADVICE}"
            ) from error
        self._made += 1
        return _File(path, length, room, tier)

    def _read(self, one: _File) -> Run:
        try:
            table = np.asarray(np.memmap(one.path, self._kind, "r", shape=(self._columns, one.room)))
        except (OSError, ValueError) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or error
            raise FileError(
                f"cannot read {one.path}: {reason}. What is there is unharmed as long as it is not deleted: close "
                "other files or raise their limit (ulimit -n), and ask again."
            ) from error
        cells, *more = table[:, : one.length]
        rows = iter(more)
        counts, first = (next(rows) if kept else None for kept in self._keeps)
        return Run(cells, counts, first)


__all__ = ["ADVICE", "FAN", "Scratch", "Spill"]
