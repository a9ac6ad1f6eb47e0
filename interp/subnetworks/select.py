"""The mask of one place in a model: blocks, kinds of matrices, heads, neurons."""

from collections.abc import Iterable, Iterator

import torch
from torch import Tensor

from interp.errors import ShapeError, UnknownNameError, unknown
from interp.models.fingerprint import fingerprint
from interp.models.model import Model
from interp.subnetworks.mask import Mask
from interp.subnetworks.maskable import parameters
from interp.subnetworks.matrices import KINDS, MLP, Kind, Matrix, matrices

Chosen = int | Iterable[int] | None


def select(
    model: Model,
    *,
    block: Chosen = None,
    kind: Kind | Iterable[Kind] | None = None,
    head: Chosen = None,
    kv_head: Chosen = None,
    neurons: Chosen = None,
    names: str | Iterable[str] | None = None,
) -> Mask:
    """The mask that keeps this place and nothing else: `mask - select(model, block=2, head=3)` removes a head.

    What is not said is not restricted. `head` means its rows of q, k and v and its columns of o; where query heads
    share keys and values, rows of q and columns of o alone, and `kv_head` the rows of k and v. `neurons` are hidden
    units of the MLP with all weights into and out of them. `names` are the parameters that the mask covers, as in
    `parameters`; a bias goes with its heads, neurons or matrix, any other parameter with its block.

    Raises `UnknownNameError` for a block, kind, head or neuron that the model does not have, and `ShapeError` where
    nothing is selected, or heads and neurons at once.
    """
    if sum(asked is not None for asked in (head, kv_head, neurons)) > 1:
        raise ShapeError("select heads, key-value heads or neurons; join masks with | for more than one of them")
    heads = _numbers("head", head, model.heads)
    kv_heads = _numbers("key-value head", kv_head, model.kv_heads)
    blocks = _numbers("block", block, model.depth)
    some = [neurons] if isinstance(neurons, int) else list(neurons or [])
    kinds = _kinds(kind)
    shared = model.kv_heads < model.heads
    kept = {n: torch.zeros_like(w, dtype=torch.bool) for n, w in parameters(model, names).items()}
    of_matrices = set[str]()
    for matrix in matrices(model):
        of_matrices |= {matrix.parameter, matrix.bias or ""}
        if matrix.block not in blocks or matrix.kind not in kinds:
            continue
        for tensor, whole in _inside(matrix, kept):
            if neurons is not None:
                _keep_neurons(matrix, tensor, some, whole)
            elif kv_head is not None and matrix.kind in ("k", "v"):
                matrix.by_head(tensor)[kv_heads] = True
            elif head is not None and matrix.kind in ("q", "o" if whole else "", *(() if shared else ("k", "v"))):
                matrix.by_head(tensor)[heads] = True
            elif head is None and kv_head is None:
                matrix.of(tensor).fill_(True)
    if kind is None and head is None and kv_head is None and neurons is None:
        _keep_rest(model, blocks if block is not None else None, kept, of_matrices)
    if not any(bool(tensor.any()) for tensor in kept.values()):
        hint = (
            f" {model.name} shares keys and values between heads: ask for kv_head."
            if shared and head is not None
            else ""
        )
        raise ShapeError(f"nothing is selected: no weight of the mask's parameters fits all of this.{hint}")
    return Mask(kept, fingerprint(model))


def _inside(matrix: Matrix, kept: dict[str, Tensor]) -> Iterator[tuple[Tensor, bool]]:
    """The mask of a matrix's parameter, and that of its bias like a parameter with one input (then False)."""
    if matrix.parameter in kept:
        yield kept[matrix.parameter], True
    if matrix.bias in kept:
        yield matrix.like(kept[matrix.bias or ""]), False


def _keep_neurons(matrix: Matrix, tensor: Tensor, neurons: list[int], whole: bool) -> None:
    if matrix.kind in MLP and (whole or matrix.kind != "mlp_out"):
        rows = matrix.of(tensor).T if matrix.kind == "mlp_out" else matrix.of(tensor)
        rows[_numbers("neuron", neurons, len(rows))] = True


def _keep_rest(model: Model, blocks: list[int] | None, kept: dict[str, Tensor], of_matrices: set[str]) -> None:
    """Keep what is part of no matrix nor beside one, of these blocks, or wherever it is."""
    inside = {id(weight) for block in blocks or [] for weight in model.blocks[block].parameters()}
    for name, tensor in kept.items():
        if name not in of_matrices and (blocks is None or id(model.hf.get_parameter(name)) in inside):
            tensor.fill_(True)


def _numbers(what: str, asked: Chosen, count: int) -> list[int]:
    found = list(range(count)) if asked is None else [asked] if isinstance(asked, int) else list(asked)
    for number in found:
        if not 0 <= number < count:
            raise UnknownNameError(f"there is no {what} {number}: they are numbered 0 to {count - 1}")
    return found


def _kinds(asked: Kind | Iterable[Kind] | None) -> tuple[Kind, ...]:
    found = KINDS if asked is None else (asked,) if isinstance(asked, str) else tuple(asked)
    for kind in found:
        if kind not in KINDS:
            raise unknown("kind of matrix", kind, KINDS)
    return found
