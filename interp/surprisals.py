"""How surprising a model finds each token, and how that goes with what another model finds."""

import torch
from jaxtyping import Float64, Integer
from torch import Tensor

from interp.activations.capture import capture
from interp.correlation import Correlation, correlation, correlation_interval
from interp.errors import ShapeError
from interp.models.model import Model
from interp.models.sites import final_norm
from interp.models.unembedding import Unembedding


@torch.no_grad()
def surprisals(
    model: Model, tokens: Integer[Tensor, "sequence position"], *, batch: int = 32, chunk: int | None = None
) -> Float64[Tensor, "sequence position-1"]:
    """-ln P(token) in nats of each token but the first of its sequence, on the CPU.

    `batch` sequences run at a time, and of their logits those of `chunk` positions are made at a time, by
    log-softmax in float32 at least: a token that the model all but rules out has a large surprisal, not an infinite
    one. A final soft cap is honoured; edits and masks act. Raises `ShapeError` for sequences of less than 2 tokens.
    """
    if tokens.ndim != 2 or tokens.shape[1] < 2 or not len(tokens):
        raise ShapeError(f"need tokens [sequence, position] with at least 2 positions, not {list(tokens.shape)}")
    if batch < 1:
        raise ShapeError(f"batch must be 1 or more, not {batch}")
    model.checked(tokens[:, -1:])
    unembedding = Unembedding.of(model)
    step = unembedding.chunk(chunk)
    found = []
    for some in torch.split(tokens.long(), batch):
        states = capture(model, some[:, :-1], final_norm())[final_norm()].flatten(0, 1)
        right = some[:, 1:].flatten().to(states.device)
        for rows, wanted in zip(torch.split(states, step), torch.split(right, step), strict=True):
            logits = unembedding.logits(rows)
            found.append((logits.logsumexp(1) - logits.gather(1, wanted[:, None])[:, 0]).double().cpu())
    return torch.cat(found).view(len(tokens), -1)


__all__ = ["Correlation", "correlation", "correlation_interval", "surprisals"]
