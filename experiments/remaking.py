"""The command that makes a zoo model again, from the settings that made it."""

from collections.abc import Mapping
from typing import TypeVar

from experiments.options import overrides
from experiments.registry import Trainer

S = TypeVar("S")


def remade_by(trainers: Mapping[str, Trainer[S]], base: str, settings: S) -> str:
    """`interp train NAME` where a trainer has these settings, else that of `base` with what differs from its own."""
    for name, trainer in trainers.items():
        if trainer.settings == settings:
            return f"interp train {name}"
    return f"interp train {base}{overrides(trainers[base].settings, settings)}"


__all__ = ["remade_by"]
