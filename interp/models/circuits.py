"""What the weights of attention heads compute by themselves, whatever architecture they are written in."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from interp.activations.places import place_of
from interp.models.model import Model
from interp.models.sites import v, z


def value_weights(model: Model, layer: int) -> Float[Tensor, "head width d_head"]:
    """W_V of every query head of a block, without bias: row vectors of what attention reads times it give values.

    Query heads that share a key-value head get the same matrix. Raises `UnknownNameError` for a block that the model
    does not have.
    """
    place = place_of(model, model.find(v(layer))[0])
    shared: Float[Tensor, "width kv_head d_head"] = place.take(_matrix(place.module, model.width, model).contiguous())
    return shared.repeat_interleave(model.heads // model.kv_heads, dim=1).transpose(0, 1)


def output_weights(model: Model, layer: int) -> Float[Tensor, "head d_head width"]:
    """W_O of every head of a block, without bias: its share of the output projection, before any norm that follows.

    Raises `UnknownNameError` for a block that the model does not have.
    """
    place = place_of(model, model.find(z(layer))[0])
    matrix = _matrix(place.module, model.heads * model.d_head, model)
    return matrix.reshape(model.heads, model.d_head, -1)


def ov(model: Model, layer: int) -> Float[Tensor, "head width width"]:
    """W_V W_O of every head of a block (Elhage et al. 2021): what a head writes of what it reads where it attends.

    Row vectors, x @ ov[head], of what attention reads: the residual stream after the block's first norm. Heads times
    width squared numbers: for a large model multiply by `value_weights` and `output_weights` in turn instead.
    Raises `UnknownNameError` for a block that the model does not have.
    """
    return value_weights(model, layer) @ output_weights(model, layer)


def _matrix(module: nn.Module, width: int, model: Model) -> Float[Tensor, "input output"]:
    """The matrix M of an affine module x @ M + b of the model that reads `width` numbers.

    Its derivative is exact, where the difference from its value at 0 would lose digits to the bias, and does not ask
    in which order a module keeps its weight. Hooks and edits belong to the forward pass and are passed by.
    """
    with torch.enable_grad():
        outputs = module.forward(_like(model, torch.zeros(1, width))).shape[-1]
        read = _like(model, torch.zeros(outputs, width)).requires_grad_()
        (rows,) = torch.autograd.grad(module.forward(read), read, _like(model, torch.eye(outputs)))
    return rows.T


def _like(model: Model, tensor: Tensor) -> Tensor:
    return tensor.to(model.device, model.dtype)
