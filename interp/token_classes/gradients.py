"""Which group of predictions moves the weights: shares of the gradient."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64, Int64, Integer
from torch import Tensor, nn

from interp.errors import ModelError, ShapeError
from interp.models.model import Model
from interp.stats import Interval, over_seeds
from interp.token_classes.transitions import Transitions

Gradient = list[Tensor]
"""One tensor a parameter."""


@dataclass(frozen=True, eq=False)
class GradientShares:
    """Gradients of the summed loss of each group of predictions, in each batch.

    Norms of groups do not add up to the norm of the whole: gradients of groups may point the same way or against each
    other. So there are two shares: of the sum of norms, which is never negative, and of the whole gradient itself, as
    the part of it that lies along the whole, which adds up to 1 and is negative for a group that pulls against it.
    """

    norms: Float64[Tensor, "batch current following"]
    """Length of each group's gradient."""
    along: Float64[Tensor, "batch current following"]
    """Its component along the gradient of all predictions; the components add up to the length of that."""
    current: tuple[str, ...]
    """Names of the classes of the token that is read."""
    following: tuple[str, ...]
    """Names of the classes of the token that comes next."""

    @property
    def of_norms(self) -> Float64[Tensor, "batch current following"]:
        """Share of the sum of all groups' norms."""
        return self.norms / self.norms.sum((1, 2), keepdim=True)

    @property
    def of_whole(self) -> Float64[Tensor, "batch current following"]:
        """Share of the whole gradient: component along it, by its length."""
        return self.along / self.along.sum((1, 2), keepdim=True)

    def table(self, level: float = 0.95) -> dict[tuple[str, str], tuple[Interval, Interval]]:
        """For each (current, next) the mean of `of_norms` and of `of_whole`, with t intervals over batches."""
        return {
            (current, following): (
                over_seeds(self.of_norms[:, row, column].tolist(), level),
                over_seeds(self.of_whole[:, row, column].tolist(), level),
            )
            for row, current in enumerate(self.current)
            for column, following in enumerate(self.following)
        }


def gradient_shares(
    model: Model,
    tokens: Integer[Tensor, "sequence position"],
    transitions: Transitions,
    *,
    batch: int = 64,
    together: int = 8,
) -> GradientShares:
    """The gradient of each group's summed loss over all parameters that can be trained, batch by batch.

    Shares depend on the size of a batch: in a small one every gradient is mostly noise, so take the `batch` sequences
    of a training step. `together` sequences run at a time, with their logits. In memory lies one gradient a group. The
    model stays as it is: no `.grad` is written, nothing is trained. Batches without a prediction that counts, and those
    whose gradient is 0, are left out. Raises `ShapeError` when none is left and for other tokens than those of the
    transitions, `ModelError` for a model without a parameter that can be trained.
    """
    if transitions.groups.shape != (len(tokens), tokens.shape[1] - 1):
        raise ShapeError(f"tokens {list(tokens.shape)} of predictions {list(transitions.groups.shape)}")
    if batch < 1 or together < 1:
        raise ShapeError(f"batch and together must be 1 or more, not {batch} and {together}")
    weights = [weight for weight in model.hf.parameters() if weight.requires_grad]
    if not weights:
        raise ModelError(f"no parameter of {model.name} can be trained: call model.hf.requires_grad_(True)")
    norms, along = [], []
    for some, groups in zip(torch.split(tokens, batch), torch.split(transitions.groups, batch), strict=True):
        products = _products(_gradients(model, weights, some, groups, transitions.count, together))
        whole = float(products.sum().clamp_min(0).sqrt())
        if whole > 0:
            norms.append(products.diagonal().sqrt())
            along.append(products.sum(1) / whole)
    if not norms:
        raise ShapeError("no prediction counts: the transitions have no group anywhere, or all gradients are 0")
    shape = (len(norms), len(transitions.current), len(transitions.following))
    return GradientShares(
        torch.stack(norms).view(shape), torch.stack(along).view(shape), transitions.current, transitions.following
    )


@torch.enable_grad()
def _gradients(
    model: Model,
    weights: list[nn.Parameter],
    tokens: Integer[Tensor, "sequence position"],
    groups: Int64[Tensor, "sequence predicted"],
    count: int,
    together: int,
) -> list[Gradient]:
    """The gradient of the summed loss of each group."""
    found = [[torch.zeros_like(weight) for weight in weights] for _ in range(count)]
    for some, which in zip(torch.split(tokens, together), torch.split(groups, together), strict=True):
        present = [int(group) for group in torch.unique(which) if group >= 0]
        if not present:
            continue
        losses = _losses(model, some)
        for group in present:
            loss = losses[(which == group).to(losses.device)].sum()
            more = group != present[-1]
            for total, part in zip(
                found[group], torch.autograd.grad(loss, weights, retain_graph=more, allow_unused=True), strict=True
            ):
                if part is not None:
                    total += part
    return found


def _losses(model: Model, tokens: Integer[Tensor, "sequence position"]) -> Float[Tensor, "sequence predicted"]:
    logits = model(tokens)[:, :-1]
    targets = tokens[:, 1:].long().to(logits.device)
    wide = logits.flatten(0, 1).to(torch.promote_types(logits.dtype, torch.float32))
    return nn.functional.cross_entropy(wide, targets.flatten(), reduction="none").view(targets.shape)


def _products(gradients: list[Gradient]) -> Float64[Tensor, "group group"]:
    """Inner products of all gradients, parameter by parameter so that nothing is joined."""
    total = torch.zeros(len(gradients), len(gradients), dtype=torch.float64)
    for parts in zip(*gradients, strict=True):
        rows = torch.stack([part.flatten() for part in parts]).double()
        total += (rows @ rows.T).cpu()
    return total


__all__ = ["GradientShares", "gradient_shares"]
