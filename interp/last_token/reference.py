"""The all-for-one subgraph by edits on the whole model: slow, plain, and what faster ways are measured against."""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Integer
from torch import Tensor

from interp.ablation.boundaries import Boundary
from interp.activations.capture import capture
from interp.activations.edits import Edit, edited, replace
from interp.errors import ShapeError
from interp.last_token.setting import AllForOne
from interp.models.model import Model
from interp.models.sites import resid
from interp.peeking.keep import everything, itself, last_n, with_sink
from interp.peeking.peek import peek


def reference(
    model: Model,
    tokens: Integer[Tensor, "prompt position"],
    setting: AllForOne,
    boundary: Boundary | None,
    *,
    batch: int = 512,
    self_only_before: bool = False,
    others_peek: bool = False,
) -> Float[Tensor, "prompt token"]:
    """Logits at the last position of AF1(wait, transfer) (Mamidanna et al. 2025), by edits.

    After `wait` blocks the boundary's states take the place of the residual stream, and every block from there on
    keeps only the edges that `edits` says. With `self_only_before` there is no boundary (hand in None): in the first
    `wait` blocks each token sees itself and the sink alone. With `others_peek` tokens other than the last attend as
    usual after the boundary. At most `batch` prompts run at a time.

    Raises `ShapeError` for a setting that does not fit the model, and `ModelError` when edges are to go from a model
    whose attention cannot be reached.
    """
    tokens, positions = model.checked(tokens), tokens.shape[1]
    peeks = edits(setting, model.depth, positions, heads=model.heads, others_peek=others_peek)
    if self_only_before == (boundary is not None):
        raise ShapeError("say what takes the place of the first blocks: either a boundary or self_only_before")
    if boundary is not None:
        return _from(model, tokens, setting.wait, boundary, peeks, batch)
    alone = with_sink(itself(positions)) if setting.sink else itself(positions)
    return last_logits(model, tokens, [*(peek(layer, alone) for layer in range(setting.wait)), *peeks], batch=batch)


def wait_only(
    model: Model, tokens: Integer[Tensor, "prompt position"], depth: int, boundary: Boundary, *, batch: int = 512
) -> Float[Tensor, "prompt token"]:
    """Logits at the last position when the first `depth` blocks wait and all others run as usual (the wait curve)."""
    AllForOne(depth, 0).require_fits(model.depth)
    return _from(model, model.checked(tokens), depth, boundary, [], batch)


def edits(
    setting: AllForOne, depth: int, positions: int, *, heads: int | None = None, others_peek: bool = False
) -> list[Edit]:
    """The peeks of every block from `setting.wait` on, in a model of `depth` blocks that reads `positions` tokens.

    Where the setting lists heads, `heads` must say how many query heads a block has: those not listed see in their
    block what they see in blocks that do not peek.
    """
    setting.require_fits(depth)
    alone = _kept(setting, positions, 1, others_peek)
    looking = _kept(setting, positions, setting.last_n or positions, others_peek)
    found = []
    for layer in range(setting.wait, depth):
        keep = looking if layer in setting.peeking else alone
        if layer in setting.heads:
            keep = _by_head(setting.heads[layer], layer, heads, looking, alone)
        found.append(peek(layer, keep))
    return found


@torch.no_grad()
def last_logits(
    model: Model, tokens: Integer[Tensor, "prompt position"], edits: Sequence[Edit], *, batch: int = 512
) -> Float[Tensor, "prompt token"]:
    """Logits at the last position under `edits`, without computing those of the others."""
    last = resid(model.depth)
    _require_batch(batch)
    with edited(model, *edits):
        return model.unembed(capture(model, tokens, last, at=-1, batch=batch)[last])


def _from(
    model: Model, tokens: Tensor, depth: int, boundary: Boundary, edits: Sequence[Edit], batch: int
) -> Float[Tensor, "prompt token"]:
    """Logits at the last position when the boundary's states stand at `depth`."""
    _require_batch(batch)
    parts = []
    for begin in range(0, len(tokens), batch):
        some = tokens[begin : begin + batch]
        states = boundary.states(depth, some)
        wanted = (*some.shape, model.width)
        if states.shape != wanted:
            raise ShapeError(f"{boundary.name} gave states {list(states.shape)} where {list(wanted)} are needed")
        parts.append(last_logits(model, some, [replace(resid(depth), states), *edits], batch=batch))
    return torch.cat(parts)


def _kept(setting: AllForOne, positions: int, seen: int, others_peek: bool) -> Bool[Tensor, "query key"]:
    """The keep-list in which the last token sees the last `seen`, and whatever else the setting lets it see."""
    keep = last_n(positions, seen)
    if setting.sink:
        keep = with_sink(keep)
    if others_peek:
        keep[:-1] = everything(positions)[:-1]
    return keep


def _by_head(
    peeking: frozenset[int], layer: int, heads: int | None, looking: Tensor, alone: Tensor
) -> Bool[Tensor, "head query key"]:
    if heads is None:
        raise ShapeError(f"the setting lists heads of block {layer}: say how many heads a block has")
    if strays := sorted(head for head in peeking if not 0 <= head < heads):
        raise ShapeError(f"the setting lists heads {strays} of block {layer}, which has heads 0 to {heads - 1}")
    return torch.stack([looking if head in peeking else alone for head in range(heads)])


def _require_batch(batch: int) -> None:
    if batch < 1:
        raise ShapeError(f"batch must be 1 or more, not {batch}")


__all__ = ["edits", "last_logits", "reference", "wait_only"]
