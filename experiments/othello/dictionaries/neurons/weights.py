"""What the neurons of a block read: their input weights as directions of the residual stream."""

import torch
from jaxtyping import Float, Float64
from torch import Tensor, nn

from interp.models.model import Model


@torch.no_grad()
def input_weights(model: Model, block: int, *, fold: bool = True) -> Float64[Tensor, "neuron width"]:
    """The input weights of every neuron of a block's MLP; the model stays as it is.

    With `fold` they are what multiplies the residual stream once its length is divided out: times the gain of the norm
    before the MLP, and for a layer norm without their mean over dimensions, since it takes that of the stream away.
    Without, they are the weights as stored (published code).
    """
    weights = _matrix(model.part(model.anatomy.mlp_pre, block), model)
    if not fold:
        return weights
    assert model.anatomy.before_mlp is not None, "Othello models are GPT-2s, whose MLP follows attention"
    norm = model.part(model.anatomy.before_mlp, block)
    folded: Tensor = weights * norm.weight.detach().cpu().double()
    return folded - folded.mean(1, keepdim=True) if isinstance(norm, nn.LayerNorm) else folded


def _matrix(projection: nn.Module, model: Model) -> Float64[Tensor, "neuron width"]:
    """From what the projection gives for each dimension alone: modules keep their weight in either order."""
    ones: Float[Tensor, "width width"] = torch.eye(model.width, device=model.device, dtype=model.dtype)
    alone: Tensor = projection.forward(ones) - projection.forward(torch.zeros_like(ones))
    return alone.T.cpu().double()


__all__ = ["input_weights"]
