"""A training log: one JSON object a line, cut back on resume to the step that the checkpoint knows."""

import json
from collections.abc import Mapping
from pathlib import Path

from interp.errors import FileError
from interp.files import write_text

FILE = "log.jsonl"


def append(folder: Path, row: Mapping[str, float]) -> None:
    """Add one row. A crash can tear only the last line, which `rewind` drops."""
    try:
        with open(folder / FILE, "a", encoding="utf8") as handle:
            handle.write(json.dumps(dict(row)) + "\n")
    except OSError as error:
        raise FileError(f"cannot write {folder / FILE}: {error.strerror}. Start again to resume.") from error


def rewind(folder: Path, step: int) -> None:
    """Drop every row after `step` and a torn last line, so that the resumed run writes them again."""
    path = folder / FILE
    if path.exists():
        write_text(path, "".join(json.dumps(row) + "\n" for row in read(folder) if row["step"] <= step))


def read(folder: Path) -> list[dict[str, float]]:
    """The whole rows of the log in `folder`, oldest first; none when there is no log."""
    path = folder / FILE
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf8").split("\n")
    return [json.loads(line) for line in lines[:-1] if line]
