"""The auxiliary loss: latents that no longer fire learn from what the others leave unexplained."""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from interp.dictionaries.weights import Weights


def auxiliary(
    weights: Weights,
    centred: Float[Tensor, "row width"],
    residual: Float[Tensor, "row width"],
    dead: Bool[Tensor, " latent"],
) -> Float[Tensor, ""]:
    """The squared error of rebuilding `residual` from dead latents alone (AuxK; Gao et al. 2024, appendix A.2).

    Each row uses the half as many latents as it has dimensions, of the dead ones the largest, whatever their sign: a
    latent that is negative everywhere gets a gradient too. With fewer dead latents than that all are used, and the
    loss counts in proportion. `centred` is the input less the decoder bias, which gets its gradient; `residual` is
    taken as it is. 0 when none is dead.
    """
    which = dead.nonzero()[:, 0]
    if not len(which):
        return residual.new_zeros(())
    wanted = max(1, residual.shape[1] // 2)
    encoder, decoder = weights.encoder[which], weights.decoder[which]
    # `centred` carries no graph: a gradient for every row of it, only to be summed, would cost a dense product.
    moved = weights.decoder_bias - weights.decoder_bias.detach()
    pre = F.linear(centred.detach(), encoder, weights.encoder_bias[which] - encoder @ moved)
    if len(which) > wanted:
        chosen = pre.detach().topk(wanted, sorted=False).indices
        pre = pre * torch.zeros_like(pre).scatter_(1, chosen, 1.0)
    share = min(1.0, len(which) / wanted)
    return share * (pre @ decoder - residual.detach()).square().sum(1).mean()


__all__ = ["auxiliary"]
