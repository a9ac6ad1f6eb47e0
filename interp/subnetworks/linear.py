"""Weights times gates, with a backward pass that computes the gates anew instead of keeping them."""

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from interp.subnetworks.gates import Opened

Spread = Callable[[Tensor], Opened]
"""Gates that broadcast to a weight from its variable; pulls a gradient like the weight back to one like the variable.
Called twice a step with equal results."""


class _MaskedLinear(torch.autograd.Function):
    """x (w gates) + b. What it keeps is x, the variable and the frozen weight, none of which is a new tensor."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, variable: Tensor, weight: Tensor, bias: Tensor | None, spread: Spread, turned: bool
    ) -> Tensor:
        ctx.save_for_backward(x, variable, weight)
        ctx.spread, ctx.turned = spread, turned
        masked = weight * spread(variable).gates.to(weight.dtype)
        return torch.nn.functional.linear(x, masked.T if turned else masked, bias)

    @staticmethod
    def backward(ctx: Any, *outputs: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = outputs
        x, variable, weight = ctx.saved_tensors
        gates, pull = ctx.spread(variable)
        to_x = to_variable = to_bias = None
        if ctx.needs_input_grad[0]:
            masked = weight * gates.to(weight.dtype)
            to_x = gradient @ (masked.T if ctx.turned else masked)
            del masked  # before the next matrix of this size is made
        rows, read = gradient.reshape(-1, gradient.shape[-1]), x.reshape(-1, x.shape[-1])
        if ctx.needs_input_grad[1]:
            to_weight = read.T @ rows if ctx.turned else rows.T @ read
            to_variable = pull(to_weight.mul_(weight).to(variable.dtype))
        if ctx.needs_input_grad[3]:
            to_bias = rows.sum(0)
        return to_x, to_variable, None, to_bias, None, None


class _MaskedTensor(torch.autograd.Function):
    """w gates, for whatever is no matrix of a linear map."""

    @staticmethod
    def forward(ctx: Any, variable: Tensor, weight: Tensor, spread: Spread) -> Tensor:
        ctx.save_for_backward(variable, weight)
        ctx.spread = spread
        return weight * spread(variable).gates.to(weight.dtype)

    @staticmethod
    def backward(ctx: Any, *outputs: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = outputs
        variable, weight = ctx.saved_tensors
        return ctx.spread(variable).pull((gradient * weight).to(variable.dtype)), None, None


def masked_linear(
    x: Float[Tensor, "*batch input"],
    variable: Float[Tensor, "..."],
    weight: Float[Tensor, "rows columns"],
    bias: Float[Tensor, " output"] | None,
    spread: Spread,
    turned: bool = False,
) -> Float[Tensor, "*batch output"]:
    """A linear map whose weight is multiplied by gates; gradients for `x`, `variable` and `bias`, none for `weight`.

    The weight is [output input], as `nn.Linear` keeps it, or `turned`, [input output], as GPT-2's `Conv1D` does.
    """
    result: Tensor = _MaskedLinear.apply(x, variable, weight, bias, spread, turned)  # type: ignore[no-untyped-call]
    return result


def masked_tensor(
    variable: Float[Tensor, "..."], weight: Float[Tensor, "*weight"], spread: Spread
) -> Float[Tensor, "*weight"]:
    """A weight times gates; a gradient for `variable`, none for `weight`."""
    result: Tensor = _MaskedTensor.apply(variable, weight, spread)  # type: ignore[no-untyped-call]
    return result
