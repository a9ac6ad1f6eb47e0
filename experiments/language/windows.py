"""The batches of a training: windows of one long stream of tokens, in another order and cut in each epoch."""

import hashlib

import torch
from jaxtyping import Integer
from torch import Tensor

from interp.errors import ShapeError


class Windows:
    """The tokens of each step: a pure function of (stream, arguments, step), so that a killed training can go on.

    An epoch cuts the stream into windows of `context` tokens and the one that follows them, beginning at a place of
    its own, and reads each window once. In a share `bos` of the windows the first token is replaced by the
    separator: the model shall know texts that begin with it and texts that do not.
    """

    def __init__(
        self, stream: Integer[Tensor, " token"], context: int, batch: int, *, separator: int, bos: float, seed: int
    ):
        self._stream, self._context, self._batch = stream, context, batch
        self._separator, self._bos, self._seed = separator, bos, seed
        self.steps_per_epoch = (len(stream) - context) // context // batch
        """Full batches that every epoch has, wherever it begins to cut."""
        if self.steps_per_epoch < 1:
            raise ShapeError(
                f"{len(stream):,} tokens are too few for a batch of {batch} windows of {context}: "
                f"need {(batch + 1) * context:,}. Use more text or a smaller batch."
            )
        self._epoch, self._windows = -1, stream[:0]

    def __call__(self, step: int) -> Integer[Tensor, "window place"]:
        """The windows of this step, int64: what the model reads, and the token that follows."""
        epoch, number = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            self._epoch, self._windows = epoch, self._shuffled(epoch)
        return self._windows[number * self._batch : (number + 1) * self._batch]

    def _shuffled(self, epoch: int) -> Integer[Tensor, "window place"]:
        key = hashlib.sha256(f"windows/{self._seed}/{epoch}".encode()).digest()
        generator = torch.Generator().manual_seed(int.from_bytes(key[:7], "little"))
        shift = int(torch.randint(self._context, (), generator=generator))
        windows = self._stream[shift:].unfold(0, self._context + 1, self._context)
        chosen = torch.randperm(len(windows), generator=generator)[: self.steps_per_epoch * self._batch]
        shuffled = windows[chosen].long()
        shuffled[torch.rand(len(shuffled), generator=generator) < self._bos, 0] = self._separator
        return shuffled
