"""Where a dictionary starts: units of variance one, a bias at the centre of the activations, random directions."""

import torch
from jaxtyping import Float
from torch import Tensor

from interp.dictionaries.weights import Weights
from interp.errors import ShapeError


@torch.no_grad()
def start(weights: Weights, sample: Float[Tensor, "row width"], seed: int) -> None:
    """Start `weights` from a `sample` of activations in the model's units.

    The scale gives them a variance of one a dimension on average, so that penalties and learning rates mean the same
    for every model. The decoder bias is their geometric median, which a few huge activations do not move. Decoder
    directions are random, and each latent listens where it speaks: the encoder is the decoder's transpose.
    Raises `ShapeError` for activations that are not finite or never vary.
    """
    sample = sample.float()
    if not sample.isfinite().all():
        row = int((~sample.isfinite()).any(1).nonzero()[0, 0])
        raise ShapeError(f"the activations hold NaN or infinity, first in row {row} of the sample")
    centre = geometric_median(sample)
    spread = (sample - sample.mean(0)).square().sum(1).mean()
    # The rounding of the mean can leave equal rows a spread above 0.
    if not spread > 0 or bool((sample == sample[0]).all()):
        raise ShapeError(f"the {len(sample)} activations looked at are all the same: there is nothing to learn")
    weights.scale.copy_((sample.shape[1] / spread).sqrt())
    if weights.decoder_bias.requires_grad:
        weights.decoder_bias.copy_(centre * weights.scale)
    generator = torch.Generator().manual_seed(seed)
    weights.decoder.copy_(torch.randn(weights.decoder.shape, generator=generator))
    weights.normalise()
    if not weights.tied:
        weights.encoder.copy_(weights.decoder)


def geometric_median(
    points: Float[Tensor, "row width"], tolerance: float = 1e-5, passes: int = 100
) -> Float[Tensor, " width"]:
    """The point whose summed distance to all points is least, by Weiszfeld's iteration from the mean.

    Stops when the point moves by less than `tolerance` of its mean distance to the points.
    """
    centre = points.mean(0)
    for _ in range(passes):
        distances = torch.linalg.vector_norm(points - centre, dim=1)
        far = distances.mean()
        if not far > 0:
            break
        # A point that lies on the centre would get infinite weight and hold it there.
        closeness = 1 / distances.clamp_min(1e-6 * far)
        moved = closeness @ points / closeness.sum()
        step = torch.linalg.vector_norm(moved - centre)
        centre = moved
        if step <= tolerance * far:
            break
    return centre


__all__ = ["geometric_median", "start"]
