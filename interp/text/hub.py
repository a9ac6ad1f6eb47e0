"""Documents from a dataset by name."""

from collections.abc import Iterator
from typing import Any

from interp.errors import FileError, InterpError, unknown
from interp.progress import Reporter
from interp.text.document import Document
from interp.text.readers import no_column, text_of


def read_dataset(
    name: str, split: str, column: str, config: str | None, *, streaming: bool, quiet: bool
) -> Iterator[Document]:
    """The documents of a dataset; see `interp.text.documents`. No code of a dataset is run."""
    found = _loaded(name, split, config, streaming)
    if found.column_names is not None and column not in found.column_names:
        raise no_column(column, found.column_names, name)
    return _rows(name, found, column, quiet)


def _loaded(name: str, split: str, config: str | None, streaming: bool) -> Any:
    from datasets import load_dataset
    from datasets.exceptions import DatasetNotFoundError, DatasetsError

    try:
        return load_dataset(name, config, split=split, streaming=streaming)
    except DatasetNotFoundError as error:
        raise unknown("text source", name, ["documentation"], hint=_HINT) from error
    except ConnectionError as error:
        raise InterpError(f"cannot load the dataset {name!r} without network: {error}. {_HINT}") from error
    except (DatasetsError, OSError, ValueError, RuntimeError) as error:
        raise InterpError(f"cannot load the dataset {name!r}: {error}") from error


_HINT = (
    "A file's name ends in .txt, .txt.gz, .jsonl, .jsonl.gz or .parquet; other names are looked up as datasets on the "
    "Hugging Face Hub."
)


def _rows(name: str, rows: Any, column: str, quiet: bool) -> Iterator[Document]:
    from datasets.exceptions import DatasetsError

    report = Reporter(len(rows), unit="row", quiet=quiet) if hasattr(rows, "__len__") else None
    number = -1
    try:
        for number, row in enumerate(rows):
            if column not in row:
                raise no_column(column, list(row), name)
            yield Document(f"{name}[{number}]", text_of(row[column], f"column {column!r} of {name}, row {number},"))
            if report is not None:
                report(number + 1)
    except (DatasetsError, OSError, ValueError, RuntimeError) as error:
        raise FileError(f"cannot read {name} beyond row {number}: {error}") from error


__all__ = ["read_dataset"]
