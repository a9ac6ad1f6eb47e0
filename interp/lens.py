"""The logit lens: what the model would predict if it stopped after each block."""

from collections.abc import Iterable

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from interp.activations.capture import capture
from interp.activations.selection import Index, Selection
from interp.errors import ModelError
from interp.models.model import Model
from interp.models.sites import resid


def logit_lens(
    model: Model,
    tokens: Integer[Tensor, "batch position"],
    *,
    depths: Iterable[int] | None = None,
    at: Index = None,
) -> Float[Tensor, "depth batch *position token"]:
    """Logits read from the residual stream at `depths` (default: all, 0 to `model.depth`).

    The final norm and the unembedding are applied at every depth, gain and bias included, and so is a final soft
    cap. The row of the full depth is compared with the model's own logits: an architecture that does more between
    the last block and the logits raises `ModelError` instead of giving a wrong lens.
    """
    wanted = list(range(model.depth + 1)) if depths is None else list(depths)
    acts = capture(model, tokens, [resid(depth) for depth in wanted], at=at)
    with torch.no_grad():
        rows = torch.stack([model.unembed(acts[resid(depth)]) for depth in wanted])
        if model.depth in wanted:
            own = Selection(resid(model.depth), at).take(model(tokens))
            _require_equal(rows[wanted.index(model.depth)], own, model)
    return rows


def _require_equal(lens: Tensor, own: Tensor, model: Model) -> None:
    # Equal but for the order of summation, which depends on how many positions are multiplied at once.
    largest = own[own.isfinite()].abs().max().item() if own.isfinite().any() else 0.0
    slack = 64 * torch.finfo(own.dtype).eps * max(1.0, largest)
    if not torch.allclose(lens, own, rtol=0, atol=slack, equal_nan=True):
        raise ModelError(
            f"the logit lens of {model.name} misses the model's own logits by {(lens - own).abs().max():.2g}: the "
            "architecture does more than final norm, unembedding and soft cap (wrap what it does in a Model subclass "
            "with its own unembed()), or a hook or edit changes what comes after the last block."
        )
