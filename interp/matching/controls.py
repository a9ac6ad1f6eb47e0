"""What a match must beat: labels in the wrong rows, and directions that know nothing."""

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Integer, Real
from torch import Tensor

from interp.errors import ShapeError


def shuffled_rows(
    labels: Bool[Tensor, "row label"],
    generator: np.random.Generator,
    within: Integer[Tensor, " row"] | None = None,
) -> Bool[Tensor, "row label"]:
    """The labels with their rows permuted: as frequent and as dependent on each other as before, but in other rows.

    `within` keeps each row's labels among the rows of the same number. Given the place in the document or game, what
    is left to match is what the place alone tells, which can be much: whatever happens late in a game goes with any
    latent that counts moves. Without it, what is left is chance.
    """
    if within is not None and within.shape != labels.shape[:1]:
        raise ShapeError(f"`within` must be one integer per row: {list(within.shape)} for {len(labels)} rows")
    drawn = torch.from_numpy(generator.permutation(len(labels))).to(labels.device)
    if within is None:
        return labels[drawn]
    found = torch.empty_like(labels)
    found[within.argsort(stable=True)] = labels[drawn[within[drawn].argsort(stable=True)]]
    return found


def random_directions(count: int, width: int, generator: np.random.Generator) -> Float64[Tensor, "count width"]:
    """`count` directions of length 1, every direction as likely as any other."""
    drawn = torch.from_numpy(generator.standard_normal((count, width)))
    unit: Tensor = drawn / drawn.norm(dim=1, keepdim=True)
    return unit


def random_latents(
    activations: Float[Tensor, "row width"],
    densities: Real[Tensor, " latent"],
    generator: np.random.Generator,
) -> Float[Tensor, "row latent"]:
    """Latents of random directions that fire as often as others do: what a threshold finds in any direction.

    The activations are projected on a random direction for each of the `densities` (shares of rows, 0 to 1), and
    what exceeds the projection's quantile at that density is kept, less that quantile, in float32. Matched like a
    dictionary's latents, they show what its directions add. Raises `ShapeError` for a density outside 0 to 1, no
    rows, and NaN or infinity.
    """
    count = len(activations)
    if not count or not activations.isfinite().all():
        raise ShapeError("need activations [row, width] with at least one row and neither NaN nor infinity")
    if not ((densities >= 0) & (densities <= 1)).all():
        raise ShapeError("densities are shares of rows, 0 to 1")
    directions = random_directions(len(densities), activations.shape[1], generator).float()
    found = activations.float() @ directions.to(activations.device).T
    for latent, density in enumerate(densities.tolist()):
        firing = round(density * count)
        values = found[:, latent]
        # Where all rows fire, the lowest one too keeps a value above 0.
        quantile = values.kthvalue(count - firing).values if firing < count else values.min() - 1
        found[:, latent] = (values - quantile).clamp(min=0)
    return found
