"""Resampling: latents that no longer fire start afresh where the dictionary is worst."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from interp.dictionaries.weights import Weights

LENGTH = 0.2
"""The length of a new encoder direction, in that of the living ones."""


@torch.no_grad()
def resample(
    weights: Weights,
    optimizer: torch.optim.Optimizer,
    x: Float[Tensor, "row width"],
    error: Float[Tensor, "row width"],
    dead: Bool[Tensor, " latent"],
    generator: torch.Generator,
) -> int:
    """Give each dead latent the direction of a row (Bricken et al. 2023, appendix "Neuron resampling"); how many.

    Rows are drawn in proportion to the square of their squared `error`; `x` are the same rows, centred and in scaled
    units. The encoder gets the direction at a fifth of the length of the living latents', its bias becomes 0, and the
    optimiser forgets what it knew of the latent. Without a living latent or an error nothing is done.
    """
    which = dead.nonzero()[:, 0]
    wrong = error.square().sum(1).double().square().cpu()
    if not len(which) or len(which) == len(dead) or not wrong.sum() > 0:
        return 0
    rows = torch.multinomial(wrong, len(which), replacement=len(which) > int((wrong > 0).sum()), generator=generator)
    directions = torch.nn.functional.normalize(x[rows.to(x.device)], dim=1)
    length = LENGTH * torch.linalg.vector_norm(weights.encoder[~dead], dim=1).mean()
    weights.encoder[which] = directions * length
    if not weights.tied:
        weights.decoder[which] = directions
    weights.encoder_bias[which] = 0.0
    weights.since_fired[which] = 0
    for parameter in (weights.encoder, weights.decoder, weights.encoder_bias):
        for value in optimizer.state[parameter].values():
            if isinstance(value, Tensor) and value.shape == parameter.shape:
                value[which] = 0.0
    return len(which)


__all__ = ["resample"]
