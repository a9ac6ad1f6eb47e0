"""Where a subnetwork lies: its weights counted by block, kind of matrix and head, against an even spread."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int64

from interp.errors import unknown
from interp.models.model import Model
from interp.subnetworks.mask import Mask
from interp.subnetworks.matrices import ATTENTION, MLP, Matrix, matrices
from interp.subnetworks.pieces import pieces


class Kept(NamedTuple):
    """Weights of some places, and how many of them are kept."""

    active: Int64[np.ndarray, "*place"]
    """Weights that the mask keeps."""
    total: Int64[np.ndarray, "*place"]
    """Weights that it chose among; 0 where the mask does not reach."""

    @property
    def density(self) -> Float64[np.ndarray, "*place"]:
        """Kept weights per weight of the same place; NaN where there are none."""
        return _ratio(self.active, self.total)


@dataclass(frozen=True, eq=False)
class Location:
    """Where the weights of a mask lie. A share of the weights means little until it is held against `uniform`."""

    kinds: tuple[str, ...]
    """The kinds of matrices that the model has: q, k, v, o, mlp_in, mlp_out, and mlp_gate in gated MLPs."""
    matrices: Kept
    """Weights by [block, kind]."""
    heads: Mapping[str, Kept]
    """For q, k, v and o: weights by [block, head]; k and v have the heads that keys and values have."""
    elsewhere: Kept
    """Weights [] that are in none of the matrices: biases, norms, embeddings, where the mask was given them."""

    @property
    def active(self) -> int:
        """Weights that the mask keeps, wherever they lie."""
        return int(self.matrices.active.sum() + self.elsewhere.active)

    @property
    def total(self) -> int:
        """Weights that the mask chose among."""
        return int(self.matrices.total.sum() + self.elsewhere.total)

    @property
    def shares(self) -> Float64[np.ndarray, "block kind"]:
        """Share of the kept weights that lies in each matrix; NaN for an empty mask."""
        return _ratio(self.matrices.active, np.asarray(self.active))

    @property
    def uniform(self) -> Float64[np.ndarray, "block kind"]:
        """The shares of a mask that keeps the same part of every matrix."""
        return _ratio(self.matrices.total, np.asarray(self.total))

    @property
    def against_uniform(self) -> Float64[np.ndarray, "block kind"]:
        """`shares` over `uniform`: 2 where a matrix holds twice its part; NaN where the mask does not reach."""
        return _ratio(self.shares, self.uniform)

    def share(self, blocks: Iterable[int] | None = None, kinds: Iterable[str] | None = None) -> float:
        """Share of the kept weights in all of these blocks and kinds together (default: every one).

        The first MLP: `share([0], MLP)`; queries and keys: `share(kinds=["q", "k"])`. Kinds that this model has not
        (mlp_gate) count as 0. Raises `UnknownNameError`.
        """
        return float(self._sum(self.shares, blocks, kinds))

    def expected(self, blocks: Iterable[int] | None = None, kinds: Iterable[str] | None = None) -> float:
        """What `share` is for a mask that keeps the same part of every matrix."""
        return float(self._sum(self.uniform, blocks, kinds))

    def _sum(
        self, shares: Float64[np.ndarray, "block kind"], blocks: Iterable[int] | None, kinds: Iterable[str] | None
    ) -> float:
        depth = len(shares)
        rows = sorted(set(range(depth) if blocks is None else blocks))
        names = set(self.kinds if kinds is None else kinds)
        for name in names - {*ATTENTION, *MLP}:
            raise unknown("kind of matrix", name, [*ATTENTION, *MLP])
        for row in rows:
            if not 0 <= row < depth:
                raise unknown("block", str(row), map(str, range(depth)))
        columns = [index for index, name in enumerate(self.kinds) if name in names]
        return float(shares[np.ix_(rows, columns)].sum())


def located(model: Model, mask: Mask) -> Location:
    """Count the kept weights of `mask` by block, kind and head.

    Raises `ShapeError` when the mask is of a model that is built otherwise.
    """
    present = {matrix.kind for matrix in matrices(model)}
    kinds = tuple(kind for kind in (*ATTENTION, *MLP) if kind in present)
    inside = np.zeros((2, model.depth, len(kinds)), dtype=np.int64)
    elsewhere = np.zeros(2, dtype=np.int64)
    by_kind: dict[str, list[Matrix]] = {kind: [] for kind in kinds if kind in ATTENTION}
    for piece in pieces(model, mask):
        kept = piece.of(mask.kept[piece.parameter])
        found = int(kept.sum()), kept.numel()
        if piece.matrix is None:
            elsewhere += found
            continue
        inside[:, piece.matrix.block, kinds.index(piece.matrix.kind)] = found
        if piece.matrix.kind in by_kind:
            by_kind[piece.matrix.kind].append(piece.matrix)
    heads = {kind: _by_head(model, mask, kind, some) for kind, some in by_kind.items()}
    return Location(kinds, Kept(*inside), heads, Kept(*map(np.asarray, elsewhere)))


def _by_head(model: Model, mask: Mask, kind: str, of_kind: list[Matrix]) -> Kept:
    heads = model.kv_heads if kind in ("k", "v") else model.heads
    active, total = np.zeros((2, model.depth, heads), dtype=np.int64)
    for matrix in of_kind:
        view = matrix.by_head(mask.kept[matrix.parameter])
        active[matrix.block], total[matrix.block] = view.flatten(1).sum(1).cpu().numpy(), view[0].numel()
    return Kept(active, total)


def _ratio(top: np.ndarray, bottom: np.ndarray) -> Float64[np.ndarray, "..."]:
    found = np.full(np.broadcast_shapes(top.shape, bottom.shape), np.nan)
    np.divide(top, bottom, out=found, where=np.broadcast_to(bottom, found.shape) > 0)
    return found


__all__ = ["Kept", "Location", "located"]
