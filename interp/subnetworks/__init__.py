"""Subnetworks: binary masks over the weights of a model. Names are loaded when they are first used."""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from interp.subnetworks.folder import save_pruned as save_pruned
    from interp.subnetworks.mask import Mask as Mask
    from interp.subnetworks.maskable import parameters as parameters
    from interp.subnetworks.matrices import Matrix as Matrix
    from interp.subnetworks.matrices import matrices as matrices
    from interp.subnetworks.pruned import ablated as ablated
    from interp.subnetworks.pruned import pruned as pruned
    from interp.subnetworks.released import read_released as read_released
    from interp.subnetworks.select import select as select
    from interp.subnetworks.units import Units as Units
    from interp.subnetworks.units import units as units

_HOMES = {
    "folder": ["save_pruned"],
    "mask": ["Mask"],
    "maskable": ["parameters"],
    "matrices": ["Matrix", "matrices"],
    "pruned": ["ablated", "pruned"],
    "released": ["read_released"],
    "select": ["select"],
    "units": ["Units", "units"],
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'interp.subnetworks' has no attribute {name!r}")
    return getattr(import_module(f"interp.subnetworks.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__


class _Room(ModuleType):
    """A package in which a function keeps its name from the file that it is in: `units` of `units.py`."""

    def __setattr__(self, name: str, value: object) -> None:
        # Python binds the name of a submodule when it is first imported, and would hide the function from then on.
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Room
