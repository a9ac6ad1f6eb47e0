"""One process a folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from interp.errors import FileError

FILE = ".lock"


@contextmanager
def locked(folder: Path, doing: str = "training in") -> Iterator[None]:
    """Create `folder` and keep every other process from working in it; a killed process leaves no lock behind.

    `doing` says what with the folder, for the error of the other process.

    Raises `FileError` when the folder cannot be written or is in use.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = open(folder / FILE, "w")  # noqa: SIM115 - held open for as long as the lock is
    except OSError as error:
        raise FileError(f"cannot write to {folder}: {error.strerror}. Choose another folder with --out.") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FileError(
                f"another process is {doing} {folder}. Wait for it, or choose another folder with --out."
            ) from error
        except OSError as error:
            raise FileError(f"cannot lock {folder}: {error.strerror}. Choose another folder with --out.") from error
        yield
