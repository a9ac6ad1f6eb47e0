"""Documents from files: text, JSON lines, parquet. A line or batch of rows is in memory at a time."""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from interp.errors import FileError, InterpError
from interp.progress import Reporter
from interp.text.document import Document

SUFFIXES = (".txt", ".txt.gz", ".jsonl", ".jsonl.gz", ".parquet")
"""Files that can be read."""
_ROWS = 1024


def read_file(path: Path, column: str, *, whole: bool, quiet: bool) -> Iterator[Document]:
    """The documents of a file; see `interp.text.documents`."""
    if path.name.endswith(".parquet"):
        return _parquet(path, column, quiet)
    lines = _lines(path, quiet)
    if path.name.endswith((".jsonl", ".jsonl.gz")):
        return _json_lines(path, lines, column)
    return _whole(path, lines) if whole else _paragraphs(path, lines)


def text_of(value: Any, where: str) -> str:
    """A cell as text: nothing is the empty text. Raises `InterpError` for a cell of another type or half a character.

    JSON can spell half a character, a lone surrogate, which no tokenizer can read.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InterpError(f"{where} holds {type(value).__name__}, not text")
    if any("\ud800" <= character <= "\udfff" for character in ("" if value.isascii() else value)):
        raise InterpError(f"{where} holds half a character (a lone surrogate), which is no text")
    return value


def no_column(column: str, columns: list[str], source: str) -> InterpError:
    """The error for a column that is not there."""
    return InterpError(f"there is no column {column!r} in {source}. Columns: {', '.join(columns) or 'none'}.")


def _lines(path: Path, quiet: bool) -> Iterator[tuple[int, str]]:
    """The lines of a file with their numbers from 1, without their ends. Raises `FileError` for what is not UTF-8."""
    number = 0
    try:
        size = path.stat().st_size
        report = Reporter(size, unit="byte", quiet=quiet)
        with path.open("rb") as raw, gzip.open(raw) if path.suffix == ".gz" else raw as handle:
            for number, line in enumerate(handle, 1):
                # utf-8-sig: a mark that some editors put before the first line is no text.
                yield number, line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                if number % _ROWS == 0:
                    report(min(raw.tell(), size - 1))
        report(size)
    except UnicodeDecodeError as error:
        raise FileError(f"{path}, line {number}: not UTF-8 ({error.reason} at byte {error.start} of it)") from error
    except (OSError, EOFError, zlib.error) as error:
        raise FileError(f"cannot read {path} beyond line {number}: {error}") from error


def _whole(path: Path, lines: Iterator[tuple[int, str]]) -> Iterator[Document]:
    yield Document(path.name, "\n".join(line for _, line in lines))


def _paragraphs(path: Path, lines: Iterator[tuple[int, str]]) -> Iterator[Document]:
    """A document a paragraph, named by its first line."""
    first, kept = 0, list[str]()
    for number, line in lines:
        if line.strip():
            first = first if kept else number
            kept.append(line)
        elif kept:
            yield Document(f"{path.name}:{first}", "\n".join(kept))
            kept = []
    if kept:
        yield Document(f"{path.name}:{first}", "\n".join(kept))


def _json_lines(path: Path, lines: Iterator[tuple[int, str]], column: str) -> Iterator[Document]:
    for number, line in lines:
        if not line.strip():
            continue
        where = f"{path}, line {number}"
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise FileError(f"{where}: not JSON ({error})") from error
        if not isinstance(row, dict):
            raise FileError(f"{where}: {type(row).__name__}, not an object with a {column!r}")
        if column not in row:
            raise no_column(column, list(row), where)
        yield Document(f"{path.name}:{number}", text_of(row[column], f"column {column!r} of {where},"))


def _parquet(path: Path, column: str, quiet: bool) -> Iterator[Document]:
    from pyarrow import ArrowException, types
    from pyarrow.parquet import ParquetFile

    try:
        file = ParquetFile(path)
    except (OSError, ArrowException) as error:
        raise FileError(f"cannot read {path}: {error}") from error
    if column not in file.schema_arrow.names:
        raise no_column(column, file.schema_arrow.names, str(path))
    kind = file.schema_arrow.field(column).type
    while types.is_dictionary(kind):
        kind = kind.value_type
    if not (types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)):
        raise InterpError(f"column {column!r} of {path} holds {kind}, not text")
    return _rows(path, file, column, quiet)


def _rows(path: Path, file: Any, column: str, quiet: bool) -> Iterator[Document]:
    from pyarrow import ArrowException

    row, report = 0, Reporter(file.metadata.num_rows, unit="row", quiet=quiet)
    try:
        with file:
            for batch in file.iter_batches(_ROWS, columns=[column]):
                for value in batch.column(0):
                    yield Document(f"{path.name}[{row}]", value.as_py() or "")
                    row += 1
                report(row)
    except (OSError, ValueError, ArrowException) as error:  # ValueError: bytes that are not UTF-8
        raise FileError(f"cannot read {path} beyond row {row}: {error}") from error


__all__ = ["SUFFIXES", "no_column", "read_file", "text_of"]
