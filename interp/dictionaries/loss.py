"""The loss of one batch, with exact gradients of every term for every parameter."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from interp.dictionaries.architectures.architecture import Architecture
from interp.dictionaries.auxiliary import auxiliary
from interp.dictionaries.code import Code
from interp.dictionaries.sparse import Transposed, decode, entries
from interp.dictionaries.weights import Weights

BREAK_EVEN = 0.06
"""The share of active entries up to which visiting only them beats dense products on a CPU (see benchmarks)."""


class Rebuilt(NamedTuple):
    """A batch as a dictionary sees it."""

    output: Float[Tensor, "row width"]
    """The reconstruction, in scaled units."""
    active: Float[Tensor, "..."]
    """Activations: at the entries of `code`, or of all latents [row, latent]."""
    code: Code | None
    """Where they are, or None for everywhere."""
    penalty: Float[Tensor, ""]
    """The architecture's penalty, the mean over rows, before its coefficient."""


def loss(
    weights: Weights,
    architecture: Architecture,
    x: Float[Tensor, "row width"],
    *,
    penalty: float = 1.0,
    aux: float = 1 / 32,
    dead_after: int = 2**18,
    dense: bool | None = None,
) -> Mapping[str, Tensor]:
    """Scalars of one batch `x` in the model's units: `loss` and its parts; the counts of silence move on.

    `penalty` multiplies the architecture's coefficient (a warm-up), `aux` weighs the auxiliary loss, in which latents
    that have not fired for `dead_after` rows take part. `dense` forces dense products (True) or sparse ones (False);
    by default the faster ones are taken, and dense ones on a GPU.
    """
    x = x * weights.scale
    centred = (x - weights.decoder_bias).detach()
    dead = weights.since_fired >= dead_after
    rebuilt = rebuild(weights, architecture, x, centred, dense)
    error = rebuilt.output - x
    misfit = architecture.misfit(error)
    found = {"misfit": misfit, "penalty": rebuilt.penalty}
    total = misfit + penalty * architecture.coefficient * rebuilt.penalty
    if aux:
        found["aux"] = auxiliary(weights, centred, -error, dead)
        total = total + aux * found["aux"]
    fires = rebuilt.active > 0
    latents = rebuilt.code.latents[fires] if rebuilt.code else fires.any(0).nonzero()[:, 0]
    weights.fired(latents, len(x))
    architecture.settle(rebuilt.active.detach().flatten(), weights)
    counts = {"l0": fires.sum() / len(x), "dead": dead.float().mean()}
    return {"loss": total, **found, **counts}


def rebuild(
    weights: Weights,
    architecture: Architecture,
    x: Float[Tensor, "row width"],
    centred: Float[Tensor, "row width"],
    dense: bool | None = None,
) -> Rebuilt:
    """Reconstruct scaled rows `x`, of which `centred` is what is left without the decoder bias."""
    wants_dense = x.is_cuda if dense is None else dense
    limit = 0 if wants_dense else int((BREAK_EVEN if dense is None else 1.0) * len(x) * architecture.width)
    with torch.no_grad():
        pre = F.linear(centred, weights.encoder, weights.encoder_bias)
        code = architecture.support(pre, weights, limit)
    if code is None or wants_dense:
        return _densely(weights, architecture, x, code)
    transposed = Transposed.of(code)
    found = entries(pre, centred, weights.encoder, weights.encoder_bias, weights.decoder_bias, code, transposed)
    thresholds = None if weights.threshold is None else weights.threshold[code.latents]
    active = architecture.activate(found, thresholds)
    output = decode(active, weights.decoder, code, transposed) + weights.decoder_bias
    return Rebuilt(output, active, code, architecture.penalty(found, active, thresholds) / len(x))


def _densely(weights: Weights, architecture: Architecture, x: Float[Tensor, "row width"], code: Code | None) -> Rebuilt:
    """The slow obvious way: the oracle of the fast one, and the faster one where much is active."""
    pre = F.linear(x - weights.decoder_bias, weights.encoder, weights.encoder_bias)
    thresholds = None if weights.threshold is None else weights.threshold.expand_as(pre)
    active = architecture.activate(pre, thresholds)
    if code is not None:
        active = active * code.dense(active.new_ones(len(code.latents)))
    output = active @ weights.decoder + weights.decoder_bias
    return Rebuilt(output, active, None, architecture.penalty(pre, active, thresholds) / len(x))


__all__ = ["BREAK_EVEN", "Rebuilt", "loss", "rebuild"]
