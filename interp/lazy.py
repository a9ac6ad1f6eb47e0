"""Packages whose names are loaded when they are first used."""

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any


class Room(ModuleType):
    """A package that looks a name up in the file which has it; a function keeps its name from a file called alike."""

    _HOME: Mapping[str, str]
    _MODULES: Sequence[str]
    __all__: list[str]

    def __getattr__(self, name: str) -> Any:
        """The name, from its file."""
        if name in self._MODULES:
            return import_module(f"{self.__name__}.{name}")
        if name not in self._HOME:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{self.__name__}.{self._HOME[name]}"), name)

    def __setattr__(self, name: str, value: object) -> None:
        """As ever, but for a submodule that has the name of what is in it."""
        # Python binds the name of a submodule when it is first imported, and would hide the function from then on.
        if not (name in self._HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        """The public names."""
        return self.__all__


def lazy(package: str, homes: Mapping[str, Sequence[str]], modules: Sequence[str] = ()) -> list[str]:
    """Let a package load its names when they are used; returns them, for its `__all__`.

    `homes` are the names by file, below the package; `modules` files that are names themselves. To be called by the
    package while it is imported.
    """
    room = sys.modules[package]
    room.__dict__["_HOME"] = {name: home for home, names in homes.items() for name in names}
    room.__dict__["_MODULES"] = list(modules)
    room.__class__ = Room
    return sorted([*room.__dict__["_HOME"], *modules])


__all__ = ["Room", "lazy"]
