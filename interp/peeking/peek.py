"""Peek: only the listed edges of attention stay, and share all of it."""

import torch
from jaxtyping import Bool
from torch import Tensor

from interp.activations.edits import Edit
from interp.activations.selection import Index
from interp.errors import ShapeError
from interp.models.sites import Site, scores
from interp.peeking.keep import require_rows


def peek(layer: int, keep: Bool[Tensor, "*head query key"], *, heads: Index = None) -> Edit:
    """Keep only the listed edges of a block's attention (attention-based peeking, Mamidanna et al. 2025).

    `keep` is one list for all query heads, or one for each [head, query, key]; with `heads`, for those alone, in their
    order, and the others attend as usual. The softmax runs over the edges that are left. What the architecture masks
    stays masked, so a list can only take edges away, and several peeks of a block keep what is in all of them.

    Raises `ShapeError` for a list that leaves a query nothing to see; and, when the model runs, for a list of another
    size than its input, and where a sliding window or an earlier edit masks all that the list keeps for a query.
    """
    require_rows(keep)
    place = scores(layer)

    def remove(part: Tensor) -> Tensor:
        _require_fits(keep, part, place)
        left = part.masked_fill(~keep.to(part.device), -torch.inf)
        _require_edges(left, place)
        return left

    return Edit(place, remove, heads=[heads] if isinstance(heads, int) else heads)


def _require_fits(keep: Tensor, part: Tensor, place: Site) -> None:
    wanted = part.shape[-2:] if keep.ndim == 2 else part.shape[-3:]
    if keep.shape != wanted:
        axes = "[query, key]" if keep.ndim == 2 else "[head, query, key]"
        raise ShapeError(f"a keep-list {axes} of {list(keep.shape)} does not fit {list(wanted)} at {place}")


def _require_edges(left: Tensor, place: Site) -> None:
    empty = (left == -torch.inf).all(-1)
    if empty.any():
        _, head, query = empty.nonzero()[0].tolist()
        raise ShapeError(
            f"query {query} of head {head} has nothing left to see at {place}: the model's own mask (a sliding "
            "window?) or an earlier edit takes all that the keep-list leaves it. Keep its own position."
        )


__all__ = ["peek"]
