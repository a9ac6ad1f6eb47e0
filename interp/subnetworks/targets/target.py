"""What every target is: something that says how far a model's states are from what they should predict."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Integer
from torch import Tensor

from interp.errors import ShapeError
from interp.models.model import Model

Where = Callable[[Integer[Tensor, "batch position"]], Bool[Tensor, "batch position"]]
"""Which positions of some tokens count."""

Off = Callable[[], AbstractContextManager[object]]
"""Makes a context in which a model that is being masked is itself."""


@runtime_checkable
class Prepared(Protocol):
    """A target for one model."""

    def loss(
        self, hidden: Float[Tensor, "batch position width"], tokens: Integer[Tensor, "batch position"]
    ) -> Float[Tensor, ""]:
        """Mean cross-entropy in nats over the positions that count, with gradients for `hidden`.

        `hidden` are the states after the final norm (`final_states`) of the model that reads `tokens`. A batch in
        which no position counts gives 0.
        """


@runtime_checkable
class Target(Protocol):
    """A distribution over the next token at each position."""

    @property
    def identity(self) -> str:
        """JSON that says which target it is: searches for different targets are different searches."""

    def prepare(self, model: Model, off: Off = nullcontext) -> Prepared:
        """The target for `model`; raises an error if the two do not fit. Inside `off()` no mask is on the model."""


def chosen(
    tokens: Integer[Tensor, "batch position"],
    where: Where | None,
    known: Bool[Tensor, "batch position"] | None = None,
) -> Bool[Tensor, "batch position"] | None:
    """The positions that `where` wants and that are `known`, where the tokens lie; None if those are all."""
    if where is None:
        return None if known is None or bool(known.all()) else known
    wanted = where(tokens)
    if wanted.dtype != torch.bool or wanted.shape != tokens.shape:
        raise ShapeError(
            f"where must say for every token whether it counts: booleans {list(tokens.shape)}, "
            f"not {wanted.dtype} {list(wanted.shape)}"
        )
    wanted = wanted.to(tokens.device)
    return wanted if known is None else wanted & known.to(tokens.device)


def taken(values: Tensor, rows: Bool[Tensor, "batch position"] | None) -> Tensor:
    """`values` [batch position ...] at the chosen positions, one row each."""
    return values.flatten(0, 1) if rows is None else values[rows.to(values.device)]


def nothing(hidden: Float[Tensor, "row width"]) -> Float[Tensor, ""]:
    """A loss of 0 that can be differentiated like any other."""
    return hidden.sum() * 0


__all__ = ["Off", "Prepared", "Target", "Where", "chosen", "nothing", "taken"]
