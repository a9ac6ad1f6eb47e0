"""Batches of activations that lie in memory."""

import hashlib

import torch
from jaxtyping import Float
from torch import Tensor

from interp.errors import ShapeError

KEY = "activations"
"""What a single source of activations is called."""


class Batches:
    """A stream over one tensor [row, width]: `batches(step)` is a pure function of the step and the seed.

    Every epoch is a new permutation; rows that do not fill a last batch are left out of that epoch.
    """

    def __init__(self, rows: Float[Tensor, "row width"], batch: int, seed: int) -> None:
        if rows.ndim != 2:
            raise ShapeError(f"need activations [row, width], not {list(rows.shape)}")
        if len(rows) < batch:
            raise ShapeError(f"{len(rows)} rows of activations are fewer than a batch of {batch}")
        self.rows, self.batch, self.seed = rows, batch, seed
        self.steps_per_epoch = len(rows) // batch
        self._epoch, self._order = -1, torch.empty(0, dtype=torch.int64)

    def __call__(self, step: int) -> dict[str, Tensor]:
        """The rows of a step."""
        epoch, place = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            generator = torch.Generator().manual_seed(_hashed(self.seed, epoch))
            self._epoch, self._order = epoch, torch.randperm(len(self.rows), generator=generator)
        chosen = self._order[place * self.batch : (place + 1) * self.batch]
        return {KEY: self.rows[chosen.to(self.rows.device)].float()}

    @property
    def identity(self) -> str:
        """What these batches are, so that a training resumes on no others."""
        digest = hashlib.sha256(self.rows.detach().cpu().contiguous().view(torch.uint8).numpy().data)
        return f"{list(self.rows.shape)} {self.rows.dtype} {digest.hexdigest()} batch {self.batch} seed {self.seed}"


def _hashed(seed: int, epoch: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}/{epoch}".encode()).digest()[:7], "little")


__all__ = ["KEY", "Batches"]
