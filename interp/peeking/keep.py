"""Keep-lists: which edges of attention stay, True where a query may look at a key; all others go."""

from collections.abc import Sequence

import torch
from jaxtyping import Bool
from torch import Tensor

from interp.errors import ShapeError


def everything(positions: int) -> Bool[Tensor, "query key"]:
    """Every edge of causal attention: each token sees itself and those before it."""
    _require_positions(positions)
    return torch.ones(positions, positions, dtype=torch.bool).tril()


def itself(positions: int) -> Bool[Tensor, "query key"]:
    """Each token sees itself alone."""
    _require_positions(positions)
    return torch.eye(positions, dtype=torch.bool)


def last_sees(positions: int, keys: Sequence[int]) -> Bool[Tensor, "query key"]:
    """Each token sees itself; the last one sees the tokens at `keys` too, negative ones counted from the end.

    Raises `ShapeError` for a key that is none of the positions.
    """
    if strays := [key for key in keys if not -positions <= key < positions]:
        raise ShapeError(f"the last token cannot see {strays}: there are {positions} positions, from 0")
    keep = itself(positions)
    keep[-1, list(keys)] = True
    return keep


def last_n(positions: int, n: int) -> Bool[Tensor, "query key"]:
    """Each token sees itself; the last one sees the last `n`, itself the first of them (all, where there are fewer)."""
    if n < 1:
        raise ShapeError(f"the last token sees itself at least: n must be 1 or more, not {n}")
    return last_sees(positions, range(max(0, positions - n), positions))


def with_sink(keep: Bool[Tensor, "*head query key"]) -> Bool[Tensor, "*head query key"]:
    """A copy of a keep-list in which everybody sees the first token too, where attention goes that has nowhere to go
    (the sink of Mamidanna et al. 2025).
    """
    keep = keep.clone()
    keep[..., 0] = True
    return keep


def require_rows(keep: Bool[Tensor, "*head query key"]) -> None:
    """Raise `ShapeError` unless `keep` is [query, key] or [head, query, key] and leaves every query an edge.

    Edges to later tokens do not count: no model of causal attention has them.
    """
    if keep.dtype != torch.bool:
        raise ShapeError(f"a keep-list is boolean, not {keep.dtype}")
    if keep.ndim not in (2, 3) or keep.shape[-1] != keep.shape[-2]:
        raise ShapeError(f"a keep-list is [query, key] or [head, query, key] with as many keys, not {list(keep.shape)}")
    empty = (~keep.tril().any(-1)).nonzero()
    if len(empty):
        *head, query = empty[0].tolist()
        whose = f" of head {head[0]}" if head else ""
        raise ShapeError(
            f"the keep-list leaves query {query}{whose} no token to see, neither itself nor one before it. "
            "Keep its own position, or use a knockout, which may leave nothing."
        )


def _require_positions(positions: int) -> None:
    if positions < 1:
        raise ShapeError(f"a keep-list needs at least one position, not {positions}")


__all__ = ["everything", "itself", "last_n", "last_sees", "require_rows", "with_sink"]
