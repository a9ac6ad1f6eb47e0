"""A number whose gradient was computed along with it."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable


class _Known(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, value: Tensor, gradient: Tensor) -> Tensor:  # noqa: ARG004
        ctx.save_for_backward(gradient)
        return value.clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, outer: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = ctx.saved_tensors
        return (gradient * outer).to(gradient.dtype), None, None


def with_gradient(
    hidden: Float[Tensor, "row width"], value: Float[Tensor, ""], gradient: Float[Tensor, "row width"]
) -> Float[Tensor, ""]:
    """`value`, with `gradient` as its derivative with respect to `hidden`; it can be differentiated once."""
    found: Tensor = _Known.apply(hidden, value, gradient)  # type: ignore[no-untyped-call]
    return found


__all__ = ["with_gradient"]
