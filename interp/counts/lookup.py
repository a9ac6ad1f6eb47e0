"""Finding things in ascending columns."""

import numpy as np
import torch
from jaxtyping import Int64, Integer
from torch import Tensor


def looked_up(
    keys: Integer[Tensor, " key"], wanted: Integer[Tensor, "*shape"], values: Integer[Tensor, " key"]
) -> Integer[Tensor, "*shape"]:
    """The value of each wanted key; 0 for one that is not among the `keys`, which ascend."""
    if not len(keys):
        return torch.zeros_like(wanted, dtype=values.dtype)
    numbers, known, told = wanted.reshape(-1).numpy(), keys.numpy(), values.numpy()
    # What is asked for in ascending order is found side by side, and not all over memory: three times as fast.
    order = np.argsort(numbers)
    ascending = numbers[order]
    places = np.minimum(np.searchsorted(known, ascending), len(known) - 1)
    found = np.empty(len(numbers), dtype=told.dtype)
    found[order] = np.where(known[places] == ascending, told[places], 0)
    return torch.from_numpy(found).reshape(wanted.shape)


def ranges(begins: Int64[Tensor, " row"], lengths: Int64[Tensor, " row"]) -> Int64[Tensor, " entry"]:
    """begin, begin + 1 ... of each row, laid end to end."""
    shifts = (begins - lengths.cumsum(0) + lengths).repeat_interleave(lengths)
    return torch.arange(len(shifts), device=shifts.device) + shifts


__all__ = ["looked_up", "ranges"]
