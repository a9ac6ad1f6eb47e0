"""Random masks over the tiny models of the tests."""

from collections.abc import Iterable

import torch

from interp import Model
from interp.subnetworks.mask import Mask


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def some_mask(model: Model, share: float = 0.2, seed: int = 0, names: str | Iterable[str] | None = None) -> Mask:
    """Keeps each weight with probability `share`."""
    draw = generator(seed)
    full = Mask.full(model, names)
    return Mask({name: torch.rand(one.shape, generator=draw) < share for name, one in full.kept.items()}, full.model)
