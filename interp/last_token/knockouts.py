"""Knockouts: which blocks, and which heads of them, must let the last token see the others, in the full model."""

from collections.abc import Iterable, Sequence

import torch
from jaxtyping import Int, Integer
from torch import Tensor

from interp.activations.edits import Edit, knockout
from interp.activations.selection import Index
from interp.errors import ShapeError
from interp.last_token.reference import last_logits
from interp.models.model import Model


def knockout_edits(layers: Iterable[int], positions: int, sink: bool = True, *, heads: Index = None) -> list[Edit]:
    """In each of the blocks `layers` the last token no longer sees the others, but itself and (with `sink`) the first.

    `positions` is the length of the prompts, `heads` the query heads that lose the edges (default: all).
    """
    if positions < 1:
        raise ShapeError(f"prompts have at least one position, not {positions}")
    others = list(range(int(sink), positions - 1))
    return [knockout(layer, queries=-1, keys=others, heads=heads) for layer in layers]


def one_layer(
    model: Model, tokens: Integer[Tensor, "prompt position"], *, sink: bool = True, batch: int = 512
) -> Int[Tensor, "layer prompt"]:
    """The token predicted at the last position when one block, each in turn, lets the last token see no others.

    This is the paper's test of necessity (Mamidanna et al. 2025): only transfer blocks should matter.
    """
    tokens = model.checked(tokens)
    cuts = [knockout_edits([layer], tokens.shape[1], sink) for layer in range(model.depth)]
    return _predicted(model, tokens, cuts, batch)


def cumulative(
    model: Model,
    tokens: Integer[Tensor, "prompt position"],
    order: Sequence[int],
    *,
    sink: bool = True,
    batch: int = 512,
) -> Int[Tensor, "step prompt"]:
    """The token predicted at the last position when the first 1, 2, ... blocks of `order` are all cut.

    `range(depth)` cuts from the first block on, `range(depth)[::-1]` from the last on. Raises `ShapeError` for no
    blocks and for one that is listed twice.
    """
    _require_once(order)
    tokens = model.checked(tokens)
    cuts = [knockout_edits(order[: step + 1], tokens.shape[1], sink) for step in range(len(order))]
    return _predicted(model, tokens, cuts, batch)


def one_head(
    model: Model,
    tokens: Integer[Tensor, "prompt position"],
    layers: Sequence[int],
    *,
    sink: bool = True,
    batch: int = 512,
) -> Int[Tensor, "layer head prompt"]:
    """The token predicted at the last position when one head, each in turn, of each of the blocks `layers` is cut."""
    _require_once(layers)
    tokens = model.checked(tokens)
    positions = tokens.shape[1]
    rows = [
        _predicted(
            model, tokens, [knockout_edits([layer], positions, sink, heads=h) for h in range(model.heads)], batch
        )
        for layer in layers
    ]
    return torch.stack(rows)


def _predicted(
    model: Model, tokens: Tensor, cuts: Sequence[Sequence[Edit]], batch: int
) -> Int[Tensor, "variant prompt"]:
    return torch.stack([last_logits(model, tokens, edits, batch=batch).argmax(-1) for edits in cuts])


def _require_once(layers: Sequence[int]) -> None:
    if not len(layers) or len(set(layers)) < len(layers):
        raise ShapeError(f"list at least one block, and none twice, not {list(layers)}")


__all__ = ["cumulative", "knockout_edits", "one_head", "one_layer"]
