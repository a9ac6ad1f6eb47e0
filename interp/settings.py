"""Settings: frozen dataclasses that go to JSON and back and refuse what they do not know."""

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from interp.errors import InterpError, unknown

T = TypeVar("T")


def settings_json(settings: Any) -> dict[str, Any]:
    """The fields of a dataclass as plain JSON; nested dataclasses, tuples, enums and paths included.

    An absolute path is stored relative to the working directory, so that no record names a user's home.
    """
    if not dataclasses.is_dataclass(settings) or isinstance(settings, type):
        raise InterpError(f"settings must be an instance of a dataclass, not {settings!r}")
    return {field.name: _plain(getattr(settings, field.name), field.name) for field in dataclasses.fields(settings)}


def settings_from_json(kind: type[T], content: Mapping[str, Any]) -> T:
    """An instance of the dataclass `kind`; fields that `content` lacks keep their defaults.

    Raises `UnknownNameError` with the nearest field for a key that `kind` lacks, `InterpError` for a value of another
    type and for a field without default that is missing.
    """
    fields = [field for field in dataclasses.fields(kind) if field.init]  # type: ignore[arg-type]
    names = [field.name for field in fields]
    for key in content:
        if key not in names:
            raise unknown(f"setting of {kind.__name__}", key, names)
    for field in fields:
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if required and field.name not in content:
            raise InterpError(f"{kind.__name__} needs the setting {field.name!r}")
    hints = get_type_hints(kind)
    return kind(**{key: _typed(hints[key], value, f"{kind.__name__}.{key}") for key, value in content.items()})


def identity(settings: Any) -> str:
    """SHA-256 of the settings' JSON in canonical form: equal settings, equal identity, whatever the order of keys."""
    canonical = json.dumps(settings_json(settings), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def portable(path: str | Path) -> str:
    """`path` as it may stand in a record: relative to the working directory when it was absolute."""
    return Path(os.path.relpath(path) if os.path.isabs(path) else path).as_posix()


def _plain(value: Any, where: str) -> Any:
    match value:
        case Enum():
            return _plain(value.value, where)
        case None | bool() | int() | float() | str():
            return value
        case Path():
            return portable(value)
        case tuple() | list():
            return [_plain(item, where) for item in value]
        case _ if dataclasses.is_dataclass(value):
            return settings_json(value)
    raise InterpError(
        f"the setting {where!r} holds {value!r}, which JSON cannot; use numbers, strings, tuples, dataclasses"
    )


def _typed(hint: Any, value: Any, where: str) -> Any:
    """`value` as the annotation `hint` wants it, or an `InterpError` that names the field."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        for option in arguments:
            try:
                return _typed(option, value, where)
            except InterpError:
                continue
    elif origin is Literal:
        if any(value == option and type(value) is type(option) for option in arguments):
            return value
    elif origin is tuple:
        if isinstance(value, list | tuple):
            kinds = [arguments[0]] * len(value) if arguments[-1:] == (...,) else list(arguments)
            if len(kinds) == len(value):
                return tuple(_typed(kind, item, where) for kind, item in zip(kinds, value, strict=True))
    elif dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if isinstance(value, Mapping):
            return settings_from_json(hint, value)
    elif isinstance(hint, type) and issubclass(hint, Enum):
        if value in [member.value for member in hint]:
            return hint(value)
    elif hint is float and type(value) is int:
        return float(value)
    elif hint is Path and isinstance(value, str):
        return Path(value)
    elif hint is Any or (isinstance(hint, type) and type(value) is hint):
        return value
    raise InterpError(f"the setting {where} must be {getattr(hint, '__name__', hint)}, not {value!r}")


__all__ = ["identity", "portable", "settings_from_json", "settings_json"]
