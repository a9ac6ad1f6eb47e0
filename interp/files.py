"""Files that appear whole or not at all: written aside, flushed to the disk, then renamed. One writer a path."""

import errno
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

from torch import Tensor

from interp.errors import FileError


def write_bytes(path: Path, content: bytes) -> None:
    """Put `content` at `path`. A reader, or a run after a crash, sees the old file or the new one, never a part.

    Raises `FileError` when the folder cannot be written or the disk is full; the old file is then untouched.
    """
    aside = path.with_name(f".{path.name}.aside")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(aside, "wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(aside, path)
        _flush_folder(path.parent)
    except OSError as error:
        with suppress(OSError):  # a part of the new file must not keep a full disk full
            aside.unlink(missing_ok=True)
        raise _cannot_write(path, error) from error


def _cannot_write(path: Path, error: OSError) -> FileError:
    return FileError(
        f"cannot write {path}: {error.strerror or error}. What was there before is unharmed. "
        "Free some space, make the folder writable, or choose another with --out."
    )


@contextmanager
def appearing(folder: Path) -> Iterator[Path]:
    """A folder aside, to be filled with `write_parts`; at the end of the block it stands at `folder`, whole.

    One rename shows all its files, which costs fewer flushes than a rename a file. What stood at `folder` is removed
    just before. After an error nothing stays; after a crash, a folder called as in `asides`.
    Raises `FileError` when the disk is full or cannot be written.
    """
    aside = folder.with_name(f".{folder.name}.{token_hex(4)}.aside")
    try:
        aside.mkdir(parents=True)
        yield aside
        _flush_folder(aside)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(aside, folder)
        _flush_folder(folder.parent)
    except Exception as error:
        shutil.rmtree(aside, ignore_errors=True)
        if isinstance(error, OSError) and not isinstance(error, FileError):
            raise _cannot_write(folder, error) from error
        raise


def asides(folder: Path) -> list[Path]:
    """Folders inside `folder` that a crash kept from `appearing`. Nobody may be writing there."""
    return sorted(folder.glob(".*.aside"))


def write_parts(path: Path, parts: Iterable[bytes | memoryview]) -> None:
    """Write `parts` one after the other to `path` and flush it to the disk; meant for a folder that is `appearing`.

    Raises `FileError` when the disk is full or cannot be written.
    """
    try:
        with open(path, "wb") as handle:
            for part in parts:
                handle.write(part)
            handle.flush()
            os.fsync(handle.fileno())
    except OSError as error:
        raise _cannot_write(path, error) from error


def _flush_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut, on file systems that can flush a folder."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)


def write_text(path: Path, content: str) -> None:
    """`write_bytes` of UTF-8 text."""
    write_bytes(path, content.encode())


def write_json(path: Path, content: Any) -> None:
    """`write_bytes` of indented JSON; NaN and infinity are refused, since JSON has neither."""
    write_text(path, json.dumps(content, indent=2, allow_nan=False) + "\n")


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> None:
    """`write_bytes` of a safetensors file with string `metadata` in its header."""
    from safetensors.torch import save

    write_bytes(path, save({name: t.detach().cpu().contiguous() for name, t in tensors.items()}, dict(metadata or {})))


def read_json(path: Path) -> Any:
    """The content of a JSON file. Raises `FileError` when it is missing or not whole."""
    try:
        return json.loads(path.read_text(encoding="utf8"))
    except (OSError, ValueError) as error:
        raise FileError(f"cannot read {path}: {error}") from error


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors and the metadata of a safetensors file. Raises `FileError` when it is missing or damaged."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as handle:
            return {name: handle.get_tensor(name) for name in handle.keys()}, dict(handle.metadata() or {})  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise FileError(f"cannot read {path}: {error}. It is missing or damaged; delete it to start afresh.") from error
