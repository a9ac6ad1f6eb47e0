"""Finding things in ascending columns."""

import torch
from jaxtyping import Int64, Integer
from torch import Tensor


def looked_up(
    keys: Integer[Tensor, " key"], wanted: Integer[Tensor, "*shape"], values: Integer[Tensor, " key"]
) -> Integer[Tensor, "*shape"]:
    """The value of each wanted key; 0 for one that is not among the `keys`, which ascend."""
    if not len(keys):
        return torch.zeros_like(wanted, dtype=values.dtype)
    places = torch.searchsorted(keys, wanted.contiguous()).clamp_max(len(keys) - 1)
    return torch.where(keys[places] == wanted, values[places], 0)


def ranges(begins: Int64[Tensor, " row"], lengths: Int64[Tensor, " row"]) -> Int64[Tensor, " entry"]:
    """begin, begin + 1 ... of each row, laid end to end."""
    shifts = (begins - lengths.cumsum(0) + lengths).repeat_interleave(lengths)
    return torch.arange(len(shifts), device=shifts.device) + shifts


__all__ = ["looked_up", "ranges"]
