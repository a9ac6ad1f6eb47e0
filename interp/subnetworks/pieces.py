"""The matrices that a mask covers, one by one, and whatever else it covers whole: what is counted and drawn within."""

from typing import NamedTuple

from jaxtyping import Shaped
from torch import Tensor

from interp.errors import ShapeError
from interp.models.model import Model
from interp.subnetworks.mask import Mask
from interp.subnetworks.matrices import Matrix, matrices


class Piece(NamedTuple):
    """One of `matrices(model)`, or a whole parameter that is none of them (a bias, a norm, an embedding)."""

    parameter: str
    """The parameter that it is in."""
    matrix: Matrix | None
    """Which matrix of that parameter; None for all of it."""

    def of(self, tensor: Shaped[Tensor, "..."]) -> Shaped[Tensor, "output input"]:
        """The piece's part of a tensor shaped like its parameter, to be read; a vector is a matrix with one column."""
        if self.matrix is None:
            return tensor.reshape(len(tensor), -1)
        # Where a parameter is fused head by head, its outputs stand on two axes.
        return self.matrix.of(tensor).flatten(0, -2)

    def put(self, tensor: Shaped[Tensor, "..."], values: Shaped[Tensor, "output input"]) -> None:
        """Write the piece's part of a tensor shaped like its parameter, in place."""
        own = tensor if self.matrix is None else self.matrix.of(tensor)
        own.copy_(values.reshape(own.shape))


def pieces(model: Model, mask: Mask) -> tuple[Piece, ...]:
    """Every weight that `mask` decides about lies in exactly one piece, and nothing else lies in any.

    Raises `ShapeError` when the mask is of a model that is built otherwise. Whether it is of these very weights is
    not asked: masks of two checkpoints of one model have the same pieces.
    """
    _require_layout(model, mask)
    inside = tuple(Piece(one.parameter, one) for one in matrices(model) if one.parameter in mask.kept)
    split = {piece.parameter for piece in inside}
    return inside + tuple(Piece(name, None) for name in mask.kept if name not in split)


def _require_layout(model: Model, mask: Mask) -> None:
    shapes = {name: list(weight.shape) for name, weight in model.hf.named_parameters()}
    for name, kept in mask.kept.items():
        if shapes.get(name) != list(kept.shape):
            found = f"is {shapes[name]}" if name in shapes else "does not exist"
            raise ShapeError(
                f"the mask is of a model that is built otherwise: its {name} is {list(kept.shape)}, but in "
                f"{model.name} that {found}"
            )


__all__ = ["Piece", "pieces"]
