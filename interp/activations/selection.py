"""Which positions and heads of a site's tensor are meant. An integer drops its axis, as indexing does."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from interp.errors import ShapeError
from interp.models.sites import KINDS, Site

Index = int | slice | Sequence[int] | Tensor | None
"""One position or head, several, a range, or all (None). Negative numbers count from the end."""


class Selection(NamedTuple):
    """Positions and heads at one site."""

    site: Site
    """The site, which knows its axes."""
    at: Index = None
    """Token positions; query positions at scores and patterns."""
    heads: Index = None
    """Heads; only where heads are apart."""

    def take(self, tensor: Tensor) -> Tensor:
        """The selected part of the site's tensor: the tensor itself where all is selected, else a copy."""
        for axis, index in self._axes():
            tensor = tensor.index_select(axis, numbers(index, tensor, axis, self.site))
        return self._drop(tensor)

    def put(self, tensor: Tensor, part: Tensor) -> Tensor:
        """A copy of the site's tensor whose selected part is `part`; raises `ShapeError` for a place chosen twice."""
        axes = self._axes()
        if not axes:
            return part.expand_as(tensor).to(tensor.dtype).clone(memory_format=torch.contiguous_format)
        return self._put(tensor, axes, part)

    def _put(self, tensor: Tensor, axes: list[tuple[int, Index]], part: Tensor) -> Tensor:
        if not axes:
            return self._lift(part).expand_as(tensor).to(tensor.dtype)
        (axis, index), rest = axes[0], axes[1:]
        chosen = numbers(index, tensor, axis, self.site)
        if len(set(chosen.tolist())) < len(chosen):
            raise ShapeError(f"{_axis_name(self.site, axis)} {index} at {self.site}: one of them is chosen twice")
        return tensor.index_copy(axis, chosen, self._put(tensor.index_select(axis, chosen), rest, part))

    def _axes(self) -> list[tuple[int, Index]]:
        kind = KINDS[self.site.kind]
        if self.heads is not None and kind.head_axis is None:
            raise ShapeError(f"{self.site} has no heads to choose from; its axes are {kind.axes}")
        both = [(kind.position_axis, self.at), (kind.head_axis, self.heads)]
        return [(axis, index) for axis, index in both if index is not None and axis is not None]

    def _dropped(self) -> list[int]:
        return sorted(axis for axis, index in self._axes() if _is_one(index))

    def _drop(self, tensor: Tensor) -> Tensor:
        for axis in reversed(self._dropped()):
            tensor = tensor.squeeze(axis)
        return tensor

    def _lift(self, part: Tensor) -> Tensor:
        for axis in self._dropped():
            part = part.unsqueeze(axis)
        return part


def numbers(index: Index, tensor: Tensor, axis: int, site: Site) -> Int[Tensor, "chosen"]:
    """Non-negative indices along an axis of a site's tensor; raises `ShapeError` for one that is not there."""
    size = tensor.shape[axis]
    if index is None or isinstance(index, slice):
        span = range(size)[slice(None) if index is None else index]
        return torch.arange(len(span), device=tensor.device) * span.step + span.start
    # Lists are checked where they are made, so that a device is not waited for.
    found = torch.as_tensor(index)
    if _is_one(index) or not found.numel():
        found = found.reshape(-1).long()
    if found.ndim != 1 or found.is_floating_point() or (found.dtype == torch.bool and len(found) != size):
        allowed = f"an integer, a list of them, a slice, or {size} booleans"
        raise ShapeError(f"{_axis_name(site, axis)} {index!r} at {site}: give {allowed}")
    found = found.nonzero().squeeze(-1) if found.dtype == torch.bool else found.long()
    wrong = found[(found < -size) | (found >= size)]
    if len(wrong):
        raise ShapeError(f"{_axis_name(site, axis)} {int(wrong[0])} is not at {site}: it has {size} of them")
    return (found % size).to(tensor.device) if size else found.to(tensor.device)


def _is_one(index: Index) -> bool:
    return isinstance(index, int | np.integer) or (isinstance(index, Tensor) and index.ndim == 0)


def _axis_name(site: Site, axis: int) -> str:
    return KINDS[site.kind].axes.split()[axis]
