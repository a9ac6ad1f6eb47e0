"""The blocks of a model replaced by one affine map from the embeddings to what the final norm reads."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor

from interp.activations.taps import Tap, tapped
from interp.geometry.ridge import RidgeMap
from interp.models.model import Model
from interp.models.sites import resid


@contextmanager
def mapped(model: Model, ridge: RidgeMap) -> Iterator[None]:
    """Inside the block, what leaves the last block is `ridge` of what enters the first, whatever the blocks do.

    The control of Chang and Bergen 2025, table 2 ("linear map between embeddings"): what a model without blocks could
    say. The blocks still run; nothing of them is left in the logits.

        with mapped(model, ridge_map(moments(model, tokens), 0, "output")):
            logits = model(held_out)
    """
    entered: list[Tensor] = []

    def remember(states: Tensor) -> None:
        entered[:] = [states]

    def put(_: Tensor) -> Tensor:
        return ridge.states(entered.pop())

    with tapped(model, [Tap(resid(0), remember), Tap(resid(model.depth), put)]):
        yield


__all__ = ["mapped"]
