"""Edits along the directions of a probe: one step from what a square holds to what it shall hold."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from experiments.othello.edits.cases import Cases
from experiments.othello.edits.reading import Change
from experiments.othello.edits.reference import Reference
from probes import LogisticProbe


def between(probes: Sequence[LogisticProbe], reference: Reference, cases: Cases) -> Change:
    """Along the target class against the present one.

    The unit is the distance of the two class means along that direction, so that one step at one depth moves a typical
    activation from one to the other whatever the depth and the square: lengths of residual streams grow with depth.
    """
    return _steps(probes, reference, cases, against=True)


def towards(probes: Sequence[LogisticProbe], reference: Reference, cases: Cases) -> Change:
    """Along the target class alone, as Nanda et al. 2023 edit (their published code), in the same unit."""
    return _steps(probes, reference, cases, against=False)


def _steps(probes: Sequence[LogisticProbe], reference: Reference, cases: Cases, *, against: bool) -> Change:
    steps = []
    for depth, probe in enumerate(probes):
        unit = _units(probe, cases, against=against)
        length = (unit * reference.gaps(depth, cases)).sum(1, keepdim=True)
        steps.append(unit * length.abs())

    def step(depth: int, rows: Tensor, where: slice) -> Tensor:
        return steps[depth][where].to(rows)

    return step


def _units(probe: LogisticProbe, cases: Cases, *, against: bool) -> Float[Tensor, "case width"]:
    """Each case's direction; cases that share square, target and present owner share it."""
    asked = torch.stack([cases.square.long(), cases.target.long(), cases.current.long()], dim=1)
    kinds, which = torch.unique(asked, dim=0, return_inverse=True)
    units: list[Any] = [
        probe.direction(square, target, against=current if against else None)
        for square, target, current in kinds.tolist()
    ]
    return torch.stack(units)[which].cpu()


__all__ = ["between", "towards"]
