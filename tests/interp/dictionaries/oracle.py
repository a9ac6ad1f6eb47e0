"""The losses again, dense and in plain PyTorch, from their definitions: what the fast ones must equal."""

from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from interp.dictionaries.architectures import L1, Architecture, BatchTopK, JumpReLU, TopK
from interp.dictionaries.weights import Weights

WIDTH, LATENTS, ROWS = 6, 64, 20
"""Six dimensions: the auxiliary loss wants three latents. Sixty-four latents: `largest` goes by groups."""

CASES: dict[str, Architecture] = {
    "topk": TopK(LATENTS, k=2),
    "topk with more than half of all": TopK(LATENTS, k=40),
    "batchtopk": BatchTopK(LATENTS, k=2.5),
    "l1": L1(LATENTS, penalty_weight=0.3),
    "l1 of the length": L1(LATENTS, penalty_weight=0.3, squared=False),
    "l1 tied": L1(LATENTS, penalty_weight=0.3, tied=True),
    "l1 tied of the length, free, without a bias": L1(
        LATENTS, penalty_weight=0.3, squared=False, tied=True, unit_norm=False, decoder_bias=False
    ),
    "jumprelu": JumpReLU(LATENTS, penalty_weight=0.3, threshold=0.8, bandwidth=0.5),
    "jumprelu with a window across 0": JumpReLU(LATENTS, penalty_weight=0.3, threshold=0.2, bandwidth=1.5),
}
"""Every kind of dictionary."""

DEAD = {"none dead": 0, "one dead": 1, "two dead": 2, "three dead": 3, "many dead": 30, "all dead": LATENTS}
"""Numbers of dead latents around the three that the auxiliary loss wants."""


def some_weights(architecture: Architecture, dead: int = 0, dtype: torch.dtype = torch.float64) -> Weights:
    """Random weights with nothing special about them; the first latent and every other one until `dead` are dead."""
    draw = torch.Generator().manual_seed(5)
    made = architecture.weights(WIDTH)
    if dtype == torch.float64:
        made.double()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=draw, dtype=torch.float64) / parameter.ndim)
        if made.threshold is not None:
            made.threshold.mul_(0.1).exp_().mul_(architecture.weights(1).thresholds.to(dtype))
        if not made.decoder_bias.requires_grad:
            made.decoder_bias.zero_()
        made.scale.fill_(0.7)
        made.normalise()
        order = torch.randperm(LATENTS, generator=draw)
        made.since_fired[order[:dead]] = 1000
    return made


def some_rows(dtype: torch.dtype = torch.float64, rows: int = ROWS) -> Tensor:
    """A batch far from the origin."""
    draw = torch.Generator().manual_seed(6)
    return (2 * torch.randn(rows, WIDTH, generator=draw, dtype=torch.float64) + 0.5).to(dtype)


def leaves(weights: Weights) -> dict[str, Tensor]:
    """Copies of all that a loss depends on; tied matrices are one tensor."""
    kept = {"scale": weights.scale.clone(), "bandwidth": weights.scale.new_tensor(torch.nan)}
    for name, parameter in weights.named_parameters():
        kept[name] = parameter.detach().clone().requires_grad_(parameter.requires_grad)
    # `named_parameters` names a tied matrix once.
    kept["encoder"] = kept.get("encoder", kept["decoder"])
    return kept


def expected(
    leaf: dict[str, Tensor], architecture: Architecture, x: Tensor, dead: Tensor, *, penalty: float, aux: float
) -> dict[str, Tensor]:
    """The loss of a batch in the model's units, its parts, and the matrix of activations as `active`."""
    x = x * leaf["scale"]
    pre = (x - leaf["decoder_bias"]) @ leaf["encoder"].T + leaf["encoder_bias"]
    settings: dict[str, Any] = asdict(architecture)
    active, cost = activations(architecture, pre, leaf)
    error = x - (active @ leaf["decoder"] + leaf["decoder_bias"])
    lengths = error.pow(2).sum(1)
    misfit = (lengths if settings.get("squared", True) else lengths.sqrt()).mean()
    helped = auxiliary(leaf, x, error.detach(), dead)
    total = misfit + penalty * settings.get("penalty_weight", 0.0) * cost / len(x) + aux * helped
    return {"loss": total, "misfit": misfit, "penalty": cost / len(x), "aux": helped, "active": active}


def activations(architecture: Architecture, pre: Tensor, leaf: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """All activations, and the penalty summed over the batch."""
    zero = pre.new_zeros(())
    if isinstance(architecture, TopK):
        last = pre.sort(1, descending=True).values[:, architecture.k - 1 : architecture.k]
        return pre.relu() * (pre >= last), zero
    if isinstance(architecture, BatchTopK):
        last = pre.flatten().sort(descending=True).values[int(architecture.k * len(pre)) - 1]
        return pre.relu() * (pre >= last), zero
    if isinstance(architecture, L1):
        return pre.relu(), pre.relu().sum()
    assert isinstance(architecture, JumpReLU)
    threshold = leaf["threshold"]
    # A term that is zero, and whose derivative by the threshold is the estimator of the paper.
    moved = threshold - threshold.detach()
    window = ((pre - threshold).abs() < architecture.bandwidth / 2).to(pre) / architecture.bandwidth
    above = (pre > threshold).to(pre)
    return pre * above - threshold.detach() * window * moved, (above - window * moved).sum()


def auxiliary(leaf: dict[str, Tensor], x: Tensor, residual: Tensor, dead: Tensor) -> Tensor:
    """AuxK (Gao et al. 2024, appendix A.2), for scaled rows and the error that the living latents leave."""
    count, wanted = int(dead.sum()), max(1, x.shape[1] // 2)
    if not count:
        return residual.new_zeros(())
    pre = ((x - leaf["decoder_bias"]) @ leaf["encoder"].T + leaf["encoder_bias"]).masked_fill(~dead, -torch.inf)
    last = pre.sort(1, descending=True).values[:, min(wanted, count) - 1, None]
    chosen = pre.where(pre >= last, 0.0)
    return min(1.0, count / wanted) * (chosen @ leaf["decoder"] - residual).pow(2).sum(1).mean()


def gradients(of: Tensor, leaf: dict[str, Tensor]) -> dict[str, Tensor]:
    """The gradient of a scalar for every leaf that has one, zeros where the scalar does not depend on it."""
    asked = {name: one for name, one in leaf.items() if one.requires_grad}
    if not of.requires_grad:
        return {name: torch.zeros_like(one) for name, one in asked.items()}
    found = torch.autograd.grad(of, list(asked.values()), allow_unused=True, retain_graph=True)
    return {name: torch.zeros_like(asked[name]) if one is None else one for name, one in zip(asked, found, strict=True)}
