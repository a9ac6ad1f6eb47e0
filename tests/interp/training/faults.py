"""An operating system that fails at the n-th call."""

import builtins
import os
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

WRITERS = ("interp.files", "interp.training.log", "interp.training.lock")
"""The modules that write."""


class Faults:
    """Counts every open, write, flush, close, fsync and rename of the library, and raises at number `at`.

    With `torn`, a write that fails has written half of its content before.
    """

    def __init__(self, at: int, error: Callable[[], BaseException], torn: bool = False):
        self.at, self.error, self.torn, self.calls = at, error, torn, 0

    @property
    def struck(self) -> bool:
        """Whether the call that fails was reached."""
        return self.calls > self.at

    def call(self, function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        self.calls += 1
        if self.calls - 1 == self.at:
            raise self.error()
        return function(*arguments, **keywords)

    def open(self, *arguments: Any, **keywords: Any) -> Any:
        return _File(self, self.call(builtins.open, *arguments, **keywords))

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Take the place of the operating system in the modules that write."""
        calls = {name: partial(self.call, getattr(os, name)) for name in ("open", "fsync", "replace")}
        system = SimpleNamespace(**calls, close=os.close, O_RDONLY=os.O_RDONLY)
        for module in WRITERS:
            patch.setattr(f"{module}.open", self.open, raising=False)
            patch.setattr(f"{module}.os", system, raising=False)


class _File:
    """A file whose calls are counted."""

    def __init__(self, faults: Faults, file: Any):
        self.faults, self.file = faults, file
        self.fileno = file.fileno
        self.written = False

    def __enter__(self) -> "_File":
        return self

    def __exit__(self, *error: Any) -> None:
        self.file.close()
        if self.written:  # closing a file that nothing was written to cannot fail
            self.faults.call(lambda: None)

    def write(self, content: Any) -> None:
        self.written = True
        if self.faults.torn and self.faults.calls == self.faults.at:
            self.file.write(content[: len(content) // 2])
        self.faults.call(self.file.write, content)

    def flush(self) -> None:
        self.faults.call(self.file.flush)
