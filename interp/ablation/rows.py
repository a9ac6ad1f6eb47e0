"""Rows: one for each key at each position, so that means of all positions lie in one table."""

from typing import NamedTuple

import torch
from jaxtyping import Int64
from torch import Tensor


class Rows(NamedTuple):
    """What stands where: the rows of position 0 in the order of their keys, then those of position 1, ..."""

    slots: tuple[Int64[Tensor, " key"], ...]
    """The keys at each position, ascending."""
    counts: Int64[Tensor, " row"]
    """Contexts: how many prompts had this key at this position."""
    position: Int64[Tensor, " row"]
    """Where the row belongs."""
    token: Int64[Tensor, " row"]
    """A token that has the row's key there; the smallest, where several share it."""
    first: Int64[Tensor, " row"]
    """The first token of its prompts; -1 where they differ."""

    def find(self, keys: Int64[Tensor, "batch position"]) -> Int64[Tensor, "batch position"]:
        """The row of each key; -1 for one that was never seen at its position. Lengths must be equal."""
        keys, found, begin = keys.to(self.counts.device), [], 0
        for slot, wanted in zip(self.slots, keys.T.contiguous(), strict=True):
            place = torch.searchsorted(slot, wanted).clamp_max(len(slot) - 1)
            found.append(torch.where(slot[place] == wanted, place + begin, -1))
            begin += len(slot)
        return torch.stack(found, 1)

    def to(self, device: torch.device | str) -> "Rows":
        """The same rows on another device."""
        return Rows(tuple(slot.to(device) for slot in self.slots), *(part.to(device) for part in self[1:]))


def laid_out(
    tokens: Int64[Tensor, "prompt position"], keys: Int64[Tensor, "prompt position"]
) -> tuple[Rows, Int64[Tensor, "prompt position"]]:
    """The rows of some prompts, and the row of each of their tokens."""
    slots, numbers, begin = [], [], 0
    for column in keys.T:
        slot, places = column.unique(return_inverse=True)
        slots.append(slot)
        numbers.append(places + begin)
        begin += len(slot)
    number = torch.stack(numbers, 1)
    firsts = tokens[:, :1].expand_as(tokens)
    lowest, highest = _extreme(number, firsts, begin, "amin"), _extreme(number, firsts, begin, "amax")
    sizes = torch.tensor([len(slot) for slot in slots])
    rows = Rows(
        tuple(slots),
        counts=number.flatten().bincount(minlength=begin),
        position=torch.arange(len(slots)).repeat_interleave(sizes).to(tokens.device),
        token=_extreme(number, tokens, begin, "amin"),
        first=lowest.where(lowest == highest, -1),
    )
    return rows, number


def _extreme(
    number: Int64[Tensor, "prompt position"], values: Int64[Tensor, "prompt position"], rows: int, which: str
) -> Int64[Tensor, " row"]:
    """The smallest ("amin") or largest ("amax") value of each row."""
    start = values.new_zeros(rows)
    return start.scatter_reduce(0, number.flatten(), values.flatten(), which, include_self=False)


__all__ = ["Rows", "laid_out"]
