"""Names for targets and for the functions in them, so that a search for one is not taken for a search for another."""

import json
from collections.abc import Callable
from typing import Any

from interp.errors import InterpError


def identity(kind: str, **facts: Any) -> str:
    """JSON of a target's kind and what tells it from others of the kind; equal targets, equal text."""
    return json.dumps({"target": kind} | facts, sort_keys=True)


def named(function: Callable[..., object] | None, name: str | None) -> str | None:
    """`name`, or the module and name of a function that has them. Raises `InterpError` for a lambda or closure."""
    if name is not None or function is None:
        return name
    found = f"{getattr(function, '__module__', None)}.{getattr(function, '__qualname__', None)}"
    if "<" in found or found.endswith(".None"):
        raise InterpError(
            f"nothing tells {function!r} from another function of its kind: give the target a name, or take a "
            "function that is defined in a module."
        )
    return found


__all__ = ["identity", "named"]
