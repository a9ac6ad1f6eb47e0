"""The weight matrices of a model's blocks, whichever way an architecture writes them down."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

from jaxtyping import Shaped
from torch import Tensor, nn

from interp.errors import ModelError, ShapeError
from interp.models.model import Model

Kind = Literal["q", "k", "v", "o", "mlp_in", "mlp_gate", "mlp_out"]
"""What a matrix computes. In a gated MLP `mlp_gate` enters the nonlinearity, whose output is multiplied by `mlp_in`."""
KINDS: tuple[Kind, ...] = get_args(Kind)
ATTENTION: tuple[Kind, ...] = ("q", "k", "v", "o")
MLP: tuple[Kind, ...] = ("mlp_in", "mlp_gate", "mlp_out")


@dataclass(frozen=True)
class Matrix:
    """One matrix of one block: a parameter, or a part of one that holds queries, keys and values together.

    The methods take any tensor of the parameter's shape, the weights themselves, a mask or a gradient, and also one
    with an axis of size 1 in place of the inputs or (where the matrix is a whole parameter) the outputs.
    """

    block: int
    """The block, from 0."""
    kind: Kind
    parameter: str
    """Its name in `model.hf.named_parameters()`; fused matrices share one."""
    bias: str | None
    """Name of the bias beside it; None where there is none."""
    heads: int
    """Heads in it: query heads for q and o, key-value heads for k and v, 1 in the MLP."""
    inputs_first: bool
    """Whether the parameter is written [input, output], as GPT-2 does."""
    sizes: tuple[int, int, int] | None = None
    """How the outputs of a fused parameter are laid out; None where it is one matrix."""
    axis: int = 0
    """Which of `sizes` counts queries, keys and values."""

    @property
    def name(self) -> str:
        """For people and files: `2.mlp_in`."""
        return f"{self.block}.{self.kind}"

    def of(self, tensor: Shaped[Tensor, "_ _"]) -> Shaped[Tensor, "*output input"]:
        """The matrix inside a tensor of the parameter's shape. Always a view: writing to it writes to `tensor`.

        [output, input]; but where a parameter is fused head by head (GPT-NeoX: a head's queries, keys and values
        beside each other) no view has one axis of outputs, and it is [head, d_head, input]. `.flatten(0, -2)` makes
        [output, input] of both, to be read only.
        """
        rows = tensor.T if self.inputs_first else tensor
        if self.sizes is None:
            return rows
        part = _split(rows, 0, self.sizes).select(self.axis, "qkv".index(self.kind))
        return part.flatten(0, 1) if self.axis == 0 else part

    def by_head(self, tensor: Shaped[Tensor, "_ _"]) -> Shaped[Tensor, "head d_head other"]:
        """The matrix head by head, always a view: rows of q, k, v (other = input), columns of o (other = output).

        Raises `ShapeError` for a matrix of the MLP, which has no heads.
        """
        if self.kind in MLP:
            raise ShapeError(f"{self.name} belongs to no head: only {', '.join(ATTENTION)} are split by heads")
        part = self.of(tensor)
        if self.kind == "o":
            return _split(part, 1, (self.heads, -1)).permute(1, 2, 0)
        return part if part.ndim == 3 else _split(part, 0, (self.heads, -1))

    def like(self, bias: Shaped[Tensor, " _"]) -> Shaped[Tensor, "_ _"]:
        """The bias beside the parameter as a view of the parameter's layout with one input: for the methods above."""
        return bias[None] if self.inputs_first else bias[:, None]


def matrices(model: Model) -> tuple[Matrix, ...]:
    """Every weight matrix of every block: q, k, v, o, mlp_in, mlp_gate where there is one, mlp_out, block by block.

    Together they are the paper's masked weights (section 3.1): no biases, norms or embeddings.
    Raises `ModelError` for a block whose parts are not plain matrices, or do not fit the model's heads.
    """
    names = {id(weight): name for name, weight in model.hf.named_parameters()}
    return tuple(one for layer in range(model.depth) for one in _of_block(model, layer, names))


def _split(tensor: Tensor, axis: int, sizes: tuple[int, ...]) -> Tensor:
    parts: Tensor = tensor.unflatten(axis, sizes)  # type: ignore[no-untyped-call]
    return parts


def _of_block(model: Model, layer: int, names: dict[int, str]) -> Iterator[Matrix]:
    anatomy = model.anatomy
    for kind, path in {"q": anatomy.q, "k": anatomy.k, "v": anatomy.v, "o": anatomy.z}.items():
        module = model.part(path, layer)
        heads = model.kv_heads if kind in "kv" else model.heads
        fused = {"3 head d_head": 0, "head 3 d_head": 1}.get(anatomy.layout) if kind != "o" else None
        if fused is None:
            matrix = _matrix(model, layer, kind, module, names, heads)
        else:
            sizes = (3, heads, model.d_head) if fused == 0 else (heads, 3, model.d_head)
            matrix = _matrix(model, layer, kind, module, names, heads, sizes, fused)
        _require_heads(model, matrix, module.weight, path)
        yield matrix
    before, after = model.part(anatomy.mlp_pre, layer), model.part(anatomy.mlp_post, layer)
    beside = _beside(model, layer, before, after)
    yield _matrix(model, layer, "mlp_in", beside or before, names)
    if beside is not None:
        yield _matrix(model, layer, "mlp_gate", before, names)
    yield _matrix(model, layer, "mlp_out", after, names)


def _beside(model: Model, layer: int, before: nn.Module, after: nn.Module) -> nn.Module | None:
    """The projection of a gated MLP that does not enter the nonlinearity; None where the MLP is not gated."""
    parts = model.part(model.anatomy.mlp, layer).modules()
    others = [m for m in parts if getattr(getattr(m, "weight", None), "ndim", 0) == 2 and m not in (before, after)]
    if len(others) > 1:
        raise ModelError(f"the MLP of block {layer} of {model.name} has {len(others) + 2} matrices, not 2 or 3")
    return others[0] if others else None


def _matrix(
    model: Model,
    layer: int,
    kind: Any,
    module: Any,
    names: dict[int, str],
    heads: int = 1,
    sizes: tuple[int, int, int] | None = None,
    axis: int = 0,
) -> Matrix:
    weight, bias = getattr(module, "weight", None), getattr(module, "bias", None)
    turned = type(module).__name__ == "Conv1D"
    if not (turned or isinstance(module, nn.Linear)) or id(weight) not in names:
        raise ModelError(
            f"{kind} of block {layer} of {model.name} is a {type(module).__name__}, not a plain matrix of weights. "
            "Load the model without quantisation or adapters."
        )
    return Matrix(layer, kind, names[id(weight)], names.get(id(bias)), heads, turned, sizes, axis)


def _require_heads(model: Model, matrix: Matrix, weight: Tensor, path: str) -> None:
    rows = weight.T if matrix.inputs_first else weight
    of_heads = matrix.heads * model.d_head * (1 if matrix.sizes is None else 3)
    if rows.shape != ((model.width, of_heads) if matrix.kind == "o" else (of_heads, model.width)):
        raise ModelError(
            f"{path} of block {matrix.block} of {model.name} is {list(weight.shape)}, which does not fit "
            f"{matrix.heads} heads of {model.d_head}: its anatomy does not fit it"
        )
