"""A training log: one JSON object a line, cut back on resume to the step that the checkpoint knows."""

import json
import os
import warnings
from collections.abc import Mapping
from pathlib import Path

from interp.errors import FileError
from interp.files import write_text

FILE = "log.jsonl"

Row = dict[str, float | int]
"""One line: `step` and whatever was measured there."""


def append(folder: Path, row: Mapping[str, float | int], *, flush: bool = False) -> None:
    """Add one row. A crash can tear only what was written since the last `flush`, which `rewind` drops."""
    try:
        with open(folder / FILE, "a", encoding="utf8") as handle:
            handle.write(_line(row))
            if flush:
                handle.flush()
                os.fsync(handle.fileno())
    except OSError as error:
        raise FileError(
            f"cannot write {folder / FILE}: {error.strerror or error}. The last checkpoint is unharmed: "
            "free some space or make the folder writable, then start again to resume."
        ) from error


def rewind(folder: Path, step: int) -> None:
    """Drop every row after `step` and whatever a crash tore there, so that the resumed run writes them again.

    Warns when the row of `step` itself is not there: somebody changed the log, and older rows may be missing too.
    """
    path = folder / FILE
    rows = [row for row in read(folder) if row["step"] <= step]
    if step and (not rows or rows[-1]["step"] != step):
        warnings.warn(f"{path} lacks rows before step {step}; the training itself is not affected", stacklevel=2)
    if path.exists():
        write_text(path, "".join(map(_line, rows)))


def read(folder: Path) -> list[Row]:
    """The rows of the log in `folder`, oldest first, up to the first that is torn; none when there is no log."""
    path = folder / FILE
    if not path.exists():
        return []
    try:
        lines = path.read_text(encoding="utf8", errors="replace").split("\n")
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror}") from error
    rows: list[Row] = []
    for line in lines[:-1]:
        row = _row(line)
        if row is None:
            break
        rows.append(row)
    return rows


def _line(row: Mapping[str, float | int]) -> str:
    return json.dumps(dict(row)) + "\n"


def _row(line: str) -> Row | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) and "step" in row else None
