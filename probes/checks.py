"""What a fit warns of: rows from which less can be learned than it may seem."""

import warnings
from collections.abc import Sequence

import torch

from probes.errors import ProbeWarning
from probes.gram import Gram

SHOWN = 4
"""Targets that a warning names."""


def warn_of(gram: Gram, names: Sequence[str] | None) -> None:
    """Warn (`ProbeWarning`) of one-class targets, missing classes, constant features, and too few rows."""
    present = (gram.counts > 0).sum(1)
    classes = gram.counts.shape[1]
    lonely = (present == 1).nonzero()[:, 0]
    missing = ((present > 1) & (present < classes)).nonzero()[:, 0]
    constant, width = int((gram.scatter.diagonal() == 0).sum()), len(gram.mean)
    if len(lonely):
        _warn(f"one class only in the rows that were fitted, for {_listed(lonely, names)}: any probe is right there")
    if len(missing):
        _warn(f"no row had some of the {classes} classes of {_listed(missing, names)}: they are never predicted")
    if constant:
        what = "no feature varies" if constant == width else f"{constant} of {width} features never vary"
        _warn(f"{what} over {gram.rows} rows: they are not used. Is this the site you meant?")
    if gram.rows <= width - constant:
        _warn(f"{gram.rows} rows for {width - constant} features: any labels can be fitted, so trust other rows only")


def _listed(places: torch.Tensor, names: Sequence[str] | None) -> str:
    shown = [repr(names[i]) if names else str(i) for i in places[:SHOWN].tolist()]
    more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    return f"target{'s' if len(places) > 1 else ''} {', '.join(shown)}{more}"


def _warn(message: str) -> None:
    warnings.warn(message, ProbeWarning, stacklevel=6)


__all__ = ["warn_of"]
