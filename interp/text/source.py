"""Documents from wherever text lies: a file, a dataset by name, or the documentation on this machine."""

from collections.abc import Iterator
from pathlib import Path

from interp.errors import FileError, InterpError
from interp.text.docstrings import documentation
from interp.text.document import Document
from interp.text.hub import read_dataset
from interp.text.readers import SUFFIXES, read_file


def documents(
    source: str | Path,
    *,
    split: str | None = None,
    column: str = "text",
    config: str | None = None,
    whole: bool = False,
    streaming: bool = False,
    quiet: bool = False,
) -> Iterator[Document]:
    """The documents of `source`, one at a time, so that a corpus larger than the memory can be read.

    - "documentation": the docstrings of installed libraries, see `interp.text.documentation`.
    - A path that ends in .txt or .txt.gz: paragraphs between blank lines, or with `whole` all of it as one document;
      .jsonl, .jsonl.gz or .parquet: the texts in `column`, a document a row.
    - Anything else: a dataset's name on the Hugging Face Hub, or a folder that `datasets.load_dataset` can read. The
      texts in `column` of `split` ("train"); `config` where there are several; `streaming` reads a large dataset
      without keeping it. One that was read before needs no network.

    Texts are UTF-8; empty ones are passed over. What can be seen at once is checked at once: `FileError` for a file
    that is not there, `UnknownNameError` for a dataset that is not, `InterpError` for a split or column that is not or
    an option that does not apply. While reading: `FileError` with the line for what cannot be read, `InterpError`
    for a source without text.
    """
    name = str(source)
    given = {"split": split is not None, "config": config is not None, "whole": whole, "streaming": streaming}
    if name == "documentation":
        _require_none(given, name)
        return documentation(quiet=quiet)
    path = Path(source)
    if path.is_dir() or not (isinstance(source, Path) or path.is_file() or name.endswith(SUFFIXES)):
        _require_none({"whole": whole}, name)
        found = read_dataset(name, split or "train", column, config, streaming=streaming, quiet=quiet)
    else:
        _require_none({**given, "whole": whole and not name.endswith((".txt", ".txt.gz"))}, name)
        found = read_file(_present(path), column, whole=whole, quiet=quiet)
    return _some(found, name)


def _require_none(given: dict[str, bool], source: str) -> None:
    if names := [name for name, present in given.items() if present]:
        raise InterpError(f"{' and '.join(names)} cannot be chosen for {source}: see interp.text.documents")


def _present(path: Path) -> Path:
    """The path of a file that is there and of a kind that can be read."""
    from difflib import get_close_matches

    if not path.name.endswith(SUFFIXES):
        raise FileError(f"cannot tell what {path} holds: its name must end in one of {', '.join(SUFFIXES)}")
    if not path.is_file():
        beside = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
        near = get_close_matches(path.name, beside, n=1)
        raise FileError(f"there is no file {path}." + (f" Did you mean {path.with_name(near[0])}?" if near else ""))
    return path


def _some(found: Iterator[Document], source: str) -> Iterator[Document]:
    """The documents that hold text; raises `InterpError` when none does."""
    empty = True
    for document in found:
        if document.text.strip():
            empty = False
            yield document
    if empty:
        raise InterpError(f"there is no text in {source}")


__all__ = ["documents"]
