"""The unembedding of a model: what makes logits of the states after the final norm."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from interp.activations.watch import watch
from interp.errors import ModelError, ShapeError
from interp.models.model import Model
from interp.models.sites import final_norm

TOGETHER = {"cpu": 2**22, "other": 2**26}
"""Logits that are made at a time unless a chunk is given: few enough for the memory, many enough for the device."""


@dataclass(frozen=True, eq=False)
class Unembedding:
    """logits = states @ weight.T + bias, then cap * tanh(logits / cap) where the architecture caps them."""

    weight: Float[Tensor, "token width"]
    """One row a token; a constant here: no gradient flows into it."""
    bias: Float[Tensor, " token"] | None = None
    """One number a token, in the architectures that have it."""
    cap: float | None = None
    """No logit is further from 0 than this (Gemma 2)."""

    @classmethod
    def of(cls, model: Model) -> "Unembedding":
        """The unembedding of `model`, in the model's own memory.

        The model reads one token for it: an architecture that does more between final norm and logits (a scale of its
        own, say) raises `ModelError`, instead of giving losses of another model.
        """
        head = model.hf.get_output_embeddings()
        weight, bias = head.weight.detach(), getattr(head, "bias", None)
        cap = getattr(model.hf.config, "final_logit_softcapping", None)
        found = cls(weight, None if bias is None else bias.detach(), cap)
        with torch.no_grad(), watch(model, final_norm()) as acts:
            own = model(torch.zeros(1, 1, dtype=torch.int64))
            _require_equal(found.logits(acts[final_norm()][0]), own[0], model)
        return found

    @property
    def vocabulary(self) -> int:
        """Number of token ids."""
        return len(self.weight)

    def logits(self, states: Float[Tensor, "row width"]) -> Float[Tensor, "row token"]:
        """Logits of states after the final norm, in float32 at least."""
        logits = self.raw(states)
        return logits if self.cap is None else self.cap * torch.tanh(logits / self.cap)

    def chunk(self, rows: int | None = None) -> int:
        """Rows whose logits are to be made at a time: `rows` if given. Raises `ShapeError` for less than 1."""
        if rows is not None and rows < 1:
            raise ShapeError(f"a chunk must be 1 row or more, not {rows}")
        return rows or max(1, TOGETHER.get(self.weight.device.type, TOGETHER["other"]) // self.vocabulary)

    def raw(self, states: Float[Tensor, "row width"]) -> Float[Tensor, "row token"]:
        """The same before the cap, in memory of their own."""
        return widened(torch.nn.functional.linear(states, self.weight, self.bias))


def widened(tensor: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """`tensor` in float32 at least: sums over a vocabulary need it."""
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))


def _require_equal(ours: Tensor, own: Tensor, model: Model) -> None:
    largest = float(own[own.isfinite()].abs().max()) if bool(own.isfinite().any()) else 0.0
    slack = 64 * torch.finfo(own.dtype).eps * max(1.0, largest)
    if not torch.allclose(ours, widened(own), rtol=0, atol=slack, equal_nan=True):
        raise ModelError(
            f"what {model.name} makes of the states after its final norm is not its unembedding alone: the logits "
            "differ. The architecture scales or changes them, or a hook sits on the unembedding."
        )


__all__ = ["TOGETHER", "Unembedding", "widened"]
