"""Encoding and decoding whose gradients visit only the entries of a code: exact, and a fraction of the dense cost.

With k of F latents active, the gradients of encoder and decoder are sums over k entries a row, not over F. PyTorch's
embedding bag is such a sum, forwards (rows of the decoder, weighted) and transposed (rows of the batch, by latent).
"""

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int64
from torch import Tensor

from interp.dictionaries.code import Code


class Transposed(NamedTuple):
    """A code by latent: made once a step, since encoder and decoder gradients both run along it."""

    order: Int64[Tensor, " entry"]
    """Entries by latent."""
    rows: Int64[Tensor, " entry"]
    """The row of each of them."""
    starts: Int64[Tensor, " latent"]
    """The first of them for each latent."""

    @classmethod
    def of(cls, code: Code) -> "Transposed":
        """The transpose of `code`."""
        order, starts = code.by_latent()
        return cls(order, code.rows[order], starts)

    def times(self, values: Float[Tensor, " entry"], rows: Float[Tensor, "row width"]) -> Float[Tensor, "latent width"]:
        """The product of the code's transpose, with these values, and a matrix."""
        return F.embedding_bag(self.rows, rows, self.starts, mode="sum", per_sample_weights=values[self.order])


def entries(
    pre: Float[Tensor, "row latent"],
    x: Float[Tensor, "row width"],
    encoder: Float[Tensor, "latent width"],
    bias: Float[Tensor, " latent"],
    centre: Float[Tensor, " width"],
    code: Code,
    transposed: Transposed,
) -> Float[Tensor, " entry"]:
    """The entries of `pre = (x - centre) @ encoder.T + bias` at the places of `code`, with gradients for all three.

    `x` is already centred. `pre` carries no gradient; it is handed in because the code was chosen from it.
    """
    values = pre[code.rows, code.latents]
    found: Tensor = _Entries.apply(encoder, bias, centre, values, x, code, transposed)  # type: ignore[no-untyped-call]
    return found


def decode(
    values: Float[Tensor, " entry"], decoder: Float[Tensor, "latent width"], code: Code, transposed: Transposed
) -> Float[Tensor, "row width"]:
    """`code.dense(values) @ decoder`, with gradients for both."""
    summed = F.embedding_bag(code.latents, decoder.detach(), code.starts, mode="sum", per_sample_weights=values)
    found: Tensor = _Decoded.apply(summed, decoder, values.detach(), transposed)  # type: ignore[no-untyped-call]
    return found


class _Entries(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        encoder: Tensor,
        bias: Tensor,
        centre: Tensor,  # noqa: ARG004
        values: Tensor,
        x: Tensor,
        code: Code,
        transposed: Transposed,
    ) -> Tensor:
        ctx.save_for_backward(encoder, x)
        ctx.code, ctx.transposed, ctx.width = code, transposed, len(bias)
        return values.clone()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        encoder, x = ctx.saved_tensors
        # Without entries bincount forgets the type of the weights.
        of_bias = torch.bincount(ctx.code.latents, weights=gradient, minlength=ctx.width).to(gradient.dtype)
        of_encoder = ctx.transposed.times(gradient, x) if ctx.needs_input_grad[0] else None
        of_centre = -(of_bias @ encoder) if ctx.needs_input_grad[2] else None
        return of_encoder, of_bias, of_centre, None, None, None, None


class _Decoded(torch.autograd.Function):
    """The identity, which adds the decoder's gradient on the way back."""

    @staticmethod
    def forward(ctx: Any, summed: Tensor, decoder: Tensor, values: Tensor, transposed: Transposed) -> Tensor:  # noqa: ARG004
        ctx.save_for_backward(values)
        ctx.transposed = transposed
        return summed.view_as(summed)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        (values,) = ctx.saved_tensors
        gradient = gradient.contiguous()
        of_decoder = ctx.transposed.times(values, gradient) if ctx.needs_input_grad[1] else None
        return gradient, of_decoder, None, None


__all__ = ["Transposed", "decode", "entries"]
