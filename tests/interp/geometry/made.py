"""Activations of known shape, and what a model's moments are made from."""

import math

import torch
from torch import Tensor

import interp
from interp import Model


def normal(rows: int, width: int, seed: int = 0) -> Tensor:
    """Independent normal rows [row, width] in float64."""
    return torch.randn(rows, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def turn(width: int, degrees: float) -> Tensor:
    """A rotation of every plane (0, 1), (2, 3) ... by the same angle."""
    angle = math.radians(degrees)
    plane = torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    turned: Tensor = torch.block_diag(*[plane.double()] * (width // 2))
    return turned


def stored(model: Model, tokens: Tensor) -> tuple[list[Tensor], Tensor]:
    """The residual stream of every depth and the token embeddings, rows apart, in float64."""
    sites = [interp.resid(depth) for depth in range(model.depth + 1)]
    acts = interp.capture(model, tokens, sites)
    embedding = model.hf.get_input_embeddings().weight.detach()
    return [acts[site].flatten(0, 1).double() for site in sites], embedding[tokens].flatten(0, 1).double()
