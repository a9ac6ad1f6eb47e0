"""What a latent writes, read as logits: its decoder direction through the final norm and the unembedding."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from interp.errors import ShapeError
from interp.latents.context import Reader
from interp.models.model import Model
from interp.models.sites import Site

_RESIDUAL = ("resid", "mid", "attn_out", "mlp_out")
"""Sites whose directions are directions of the residual stream."""


class Output(NamedTuple):
    """A token that a latent speaks for or against."""

    text: str
    """The token."""
    logit: float
    """The logit that the direction alone gives it, less the mean over all tokens."""


class Outputs(NamedTuple):
    """The tokens at both ends."""

    promoted: tuple[Output, ...]
    """Those with the highest logits, highest first."""
    suppressed: tuple[Output, ...]
    """Those with the lowest, lowest first."""


def outputs(direction: Float[Tensor, " width"], model: Model, site: Site, reader: Reader, count: int) -> Outputs:
    """The `count` tokens at either end of the logits of a decoder direction: direct logit attribution.

    The direction passes the final norm by itself, and what the norm's and the unembedding's biases give without it is
    taken off, as is the mean over tokens, which no probability depends on. So the order of tokens is that of the
    direct path; the scale is that of a residual stream that holds nothing else. What later blocks make of the latent
    is not in it. Raises `ShapeError` for a site that does not write to the residual stream.
    """
    require_path(site, len(direction), model)
    with torch.no_grad():
        both = torch.stack([direction, torch.zeros_like(direction)]).to(model.device, model.dtype)
        with_it, without = model.unembed(both).double().cpu()
    logits = with_it - without
    logits -= logits.mean()
    count = min(count, len(logits))
    ends = [logits.topk(count, largest=largest) for largest in (True, False)]
    return Outputs(*(_named(reader, values, ids) for values, ids in ends))


def require_path(site: Site, width: int, model: Model) -> None:
    """Raise `ShapeError` for a site that does not write to the residual stream, or of another width."""
    if site.kind not in _RESIDUAL or width != model.width:
        raise ShapeError(
            f"{site} [{width}] is no place in the residual stream of {model.name} [{model.width}]: there is no direct "
            f"path from it to the logits. There is one from {', '.join(_RESIDUAL)}; leave `model` out for others."
        )


def _named(reader: Reader, values: Tensor, ids: Tensor) -> tuple[Output, ...]:
    return tuple(
        Output(reader.vocable(token), value) for token, value in zip(ids.tolist(), values.tolist(), strict=True)
    )


__all__ = ["Output", "Outputs", "outputs", "require_path"]
