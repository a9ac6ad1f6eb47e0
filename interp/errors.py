"""The errors a user can act on: what was wrong, what is allowed, the nearest right name."""

from collections.abc import Iterable
from difflib import get_close_matches


class InterpError(Exception):
    """The root of every error that this library raises on purpose."""


class UnknownNameError(InterpError, LookupError):
    """A name (site, model, preset, experiment, setting) that stands for nothing."""


class ShapeError(InterpError, ValueError):
    """A tensor whose shape, dtype or values cannot be used where it was handed in."""


class MissingKeyError(InterpError, LookupError):
    """A prompt with something at a position for which there is no mean, or one of too few contexts."""


class ModelError(InterpError):
    """A model that is missing, damaged, or built in a way that cannot be looked into."""


class FileError(InterpError, OSError):
    """A file or folder that cannot be read or written; nothing written before was harmed."""


def unknown(kind: str, name: str, allowed: Iterable[str], *, hint: str = "") -> UnknownNameError:
    """An error for `name`, with the nearest of the `allowed` names first, or all of them when they are few.

    `kind` is the noun of the sentence ("site", "preset"); `hint` is a last sentence of advice.
    """
    names = sorted(set(allowed))
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    message = f"unknown {kind} {name!r}."
    if near:
        message += f" Did you mean {' or '.join(map(repr, near))}?"
    if len(names) <= 12:
        message += f" Allowed: {', '.join(names) if names else 'none'}."
    return UnknownNameError(f"{message} {hint}".strip())
