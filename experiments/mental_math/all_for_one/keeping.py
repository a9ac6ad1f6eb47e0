"""Finished work is kept as small files, so that a run that was stopped goes on where it was."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from interp.errors import InterpError
from interp.files import read_json, write_json


def kept(path: Path, identity: Mapping[str, Any], make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `make` gives, or what it gave an earlier attempt: plain JSON, the same either way.

    `identity` is all that the outcome depends on. A file of another identity is made anew; one that is damaged raises
    `FileError`.
    """
    if path.exists() and (found := read_json(path))["identity"] == identity:
        content: dict[str, Any] = found["content"]
        return content
    write_json(path, {"identity": dict(identity), "content": make()})
    made: dict[str, Any] = read_json(path)["content"]
    return made


def or_reason(make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `make` gives, or {"refused": why it cannot be made}: a task that cannot be asked does not end a long run."""
    try:
        return make()
    except InterpError as error:
        return {"refused": str(error)}


__all__ = ["kept", "or_reason"]
