"""Fisher's linear discriminant from a Gram matrix: a closed form that knows class frequencies, with logits."""

import torch
from jaxtyping import Float64, Int64
from torch import Tensor


def discriminant(
    means: Float64[Tensor, "width target class"],
    counts: Int64[Tensor, "target class"],
    correlation: Float64[Tensor, "width width"],
) -> tuple[Float64[Tensor, "target class width"], Float64[Tensor, "target class"]]:
    """Weights and biases of the logits, from the mean features of each class and the products of all features.

    Features are about their mean over all rows; `correlation` is the mean of their products, with whatever penalty on
    its diagonal. Classes that are normal with one covariance have exactly these logits. The covariance within the
    classes of a target differs from that over all rows by a matrix of low rank, so that one Cholesky factor serves
    all targets (Woodbury). Classes that no row has get weight 0 and bias 0.
    """
    share = counts.double() / counts.sum(1, keepdim=True)
    factor = torch.linalg.cholesky(correlation)
    solved = torch.cholesky_solve(means.flatten(1), factor).view_as(means)
    between = torch.einsum("wtc,wtk->tck", means, solved)
    inner = torch.eye(share.shape[1], dtype=share.dtype, device=share.device) - share[:, :, None] * between
    weight = torch.einsum("wtc,tck->tkw", solved, torch.linalg.pinv(inner))
    bias = share.clamp(min=1e-12).log() - torch.einsum("tcw,wtc->tc", weight, means) / 2
    present = counts > 0
    return weight * present[:, :, None], bias * present


__all__ = ["discriminant"]
