"""Randomness that belongs to a step, so that a resumed run needs no saved generator."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def seeded(module: nn.Module, seed: int, step: int, purpose: str = "") -> Iterator[torch.Generator]:
    """A CPU generator for this step of the run with this `seed`; another `purpose` gives independent draws.

    Dropout and the like can only draw from the global generators of the CPU and of the module's CUDA devices: these
    are seeded too, with another seed than the generator, and put back afterwards.
    """
    devices = sorted({p.device.index for p in module.parameters() if p.device.type == "cuda"})
    key = f"{seed}/{step}{purpose and '/'}{purpose}"
    with torch.random.fork_rng(devices=devices):
        # torch.manual_seed would also seed GPUs that the module does not use, and that nobody puts back.
        torch.default_generator.manual_seed(_hashed(key))
        for index in devices:
            torch.cuda.default_generators[index].manual_seed(_hashed(key))
        yield torch.Generator().manual_seed(_hashed(f"{key}/generator"))


def _hashed(key: str) -> int:
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:7], "little")
