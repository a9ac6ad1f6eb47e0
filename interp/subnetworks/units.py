"""What a mask switches as one: single weights, neurons, heads, or whole matrices."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import torch
from jaxtyping import Int, Shaped
from torch import Tensor

from interp.errors import ShapeError, UnknownNameError, unknown
from interp.models.fingerprint import fingerprint
from interp.models.model import Model
from interp.subnetworks.maskable import parameters
from interp.subnetworks.matrices import ATTENTION, MLP, Matrix, matrices

Grain = Literal["weight", "neuron", "head", "matrix"]
"""weight; a hidden unit of an MLP with all weights into and out of it; an attention head; one of `matrices`."""


@dataclass(frozen=True, eq=False)
class Units:
    """Which weights go together. Unit i of `count` is the same one in every tensor `[unit]`.

    A unit can lie in several parameters (a neuron: a row of one matrix and a column of another), and a parameter
    holds some of the units: `values[place(parameter)]` are theirs.
    """

    model: str
    """Fingerprint of the model."""
    grain: Grain
    shapes: Mapping[str, torch.Size]
    """Shapes of the parameters, in the model's order."""
    index: Mapping[str, Int[Tensor, "..."]]
    """Unit of each weight, with axes of size 1 where it is the same all along; empty at the grain of weights."""
    labels: tuple[str, ...]
    """Names of the units; empty at the grain of weights."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters that the units cover."""
        return tuple(self.shapes)

    @cached_property
    def count(self) -> int:
        """Number of units."""
        return len(self.labels) or sum(shape.numel() for shape in self.shapes.values())

    @cached_property
    def weights(self) -> Int[Tensor, " unit"]:
        """Weights in each unit."""
        if self.grain == "weight":
            return torch.ones(1, dtype=torch.int64).expand(self.count)
        total = torch.zeros(self.count, dtype=torch.int64)
        for name, shape in self.shapes.items():
            # Where an axis has size 1, every entry of the index stands for all weights along it.
            index = self.index[name].flatten().cpu()
            total += torch.bincount(index, minlength=self.count) * (shape.numel() // len(index))
        return total

    def names(self, unit: int) -> str:
        """The name of a unit: "transformer.h.0.mlp.c_fc.weight[3, 5]", "block 0 neuron 12", "block 1 head 3"."""
        if not 0 <= unit < self.count:
            raise UnknownNameError(f"there is no unit {unit}: they are numbered 0 to {self.count - 1}")
        if self.labels:
            return self.labels[unit]
        name = next(n for n, begin in reversed(self._begins.items()) if begin <= unit)
        rest, places = unit - self._begins[name], list[int]()
        for size in reversed(self.shapes[name]):
            rest, place = divmod(rest, size)
            places.insert(0, place)
        return f"{name}{places}"

    def place(self, parameter: str) -> slice | Int[Tensor, " own"]:
        """Where the units of a parameter stand among all: `values[place]` reads and writes them, ascending."""
        if self.grain == "weight":
            begin = self._begins[self._known(parameter)]
            return slice(begin, begin + self.shapes[parameter].numel())
        return self._inverse(parameter)[0]

    def expand(self, parameter: str, values: Shaped[Tensor, " unit"]) -> Shaped[Tensor, "..."]:
        """`values` of all units, each where its weights lie: broadcasts to the parameter. Gradients flow."""
        if self.grain == "weight":
            return values[self.place(parameter)].view(self.shapes[parameter])
        return values[self.index[self._known(parameter)].to(values.device)]

    def gather(self, parameter: str, tensor: Shaped[Tensor, "..."]) -> Shaped[Tensor, " own"]:
        """The sum of `tensor`, of the parameter's shape, over each of its units, in the order of `place`.

        What `expand` does backwards: a gradient for weights becomes the gradient for what was expanded.
        """
        if tensor.shape != self.shapes[self._known(parameter)]:
            raise ShapeError(f"{parameter} is {list(self.shapes[parameter])}, the tensor {list(tensor.shape)}")
        if self.grain == "weight":
            return tensor.reshape(-1)
        places, inverse = self._inverse(parameter)
        along = [axis for axis, size in enumerate(self.index[parameter].shape) if size == 1]
        summed = tensor.sum(along, keepdim=True) if along else tensor
        return summed.new_zeros(len(places)).index_add(0, inverse, summed.flatten())

    def _known(self, parameter: str) -> str:
        if parameter not in self.shapes:
            raise unknown("parameter of these units", parameter, self.shapes)
        return parameter

    @cached_property
    def _begins(self) -> dict[str, int]:
        """Number of the first weight of each parameter."""
        begins, begin = {}, 0
        for name, shape in self.shapes.items():
            begins[name] = begin
            begin += shape.numel()
        return begins

    @cached_property
    def _inverses(self) -> dict[str, tuple[Tensor, Tensor]]:
        return {}

    def _inverse(self, parameter: str) -> tuple[Int[Tensor, " own"], Int[Tensor, " entry"]]:
        """(units of a parameter, ascending; which of them each entry of its index is)."""
        if self._known(parameter) not in self._inverses:
            own, inverse = torch.unique(self.index[parameter].flatten(), return_inverse=True)
            self._inverses[parameter] = own, inverse
        return self._inverses[parameter]


def units(model: Model, grain: Grain = "weight", names: str | Iterable[str] | None = None) -> Units:
    """The units of a grain over the parameters that `names` stand for (see `parameters`).

    Without names: every weight matrix of every block, for neurons those of MLPs, for heads those of attention. A head
    is its rows of q and its columns of o, with its rows of k and v; where query heads share keys and values, each
    key-value head is a unit of its own. A bias goes with its neurons, heads or matrix when it is named; at the grain
    of matrices any other parameter is one unit.

    Raises `UnknownNameError` for an unknown grain or name, `ShapeError` for a parameter that belongs to no neuron or
    head, and `ModelError` as `parameters` does.
    """
    if grain not in get_args(Grain):
        raise unknown("grain", grain, get_args(Grain))
    if names is None and grain in ("neuron", "head"):
        names = {m.parameter for m in matrices(model) if m.kind in (MLP if grain == "neuron" else ATTENTION)}
    return units_of(model, fingerprint(model), grain, parameters(model, names))


def units_of(model: Model, identity: str, grain: Grain, chosen: Mapping[str, Tensor]) -> Units:
    """`units` of these parameters, for a caller who knows the model's fingerprint: that costs a pass over all weights.

    Errors as `units`.
    """
    shapes = {name: weight.shape for name, weight in chosen.items()}
    if grain == "weight":
        return Units(identity, grain, shapes, {}, ())
    index: dict[str, Tensor] = {}
    labels: dict[str, int] = {}
    for matrix in matrices(model):
        for name, tensor in _entries(matrix, grain, chosen, index):
            _fill(matrix, grain, model, tensor, labels)
            index[name] = tensor
    if grain == "matrix":
        for name in [name for name in chosen if name not in index]:
            one = labels.setdefault(name, len(labels))
            index[name] = torch.full((1,) * len(shapes[name]), one, device=chosen[name].device)
    _require_all(chosen, index, grain)
    return Units(identity, grain, shapes, {name: index[name] for name in chosen}, tuple(labels))


def _entries(
    matrix: Matrix, grain: Grain, chosen: Mapping[str, Tensor], index: Mapping[str, Tensor]
) -> Iterator[tuple[str, Tensor]]:
    """The index of the matrix's parameter, and that of its bias, as far as they are chosen; -1 where still open.

    The index is as long as the axis along which units differ: inputs for columns of o and mlp_out, else outputs.
    """
    columns = matrix.kind in ("o", "mlp_out") and grain != "matrix"
    if (name := matrix.parameter) in chosen:
        outputs, inputs = reversed(chosen[name].shape) if matrix.inputs_first else chosen[name].shape
        shape = (1, inputs) if columns else (outputs, 1)
        shape = (shape[1], shape[0]) if matrix.inputs_first else shape
        yield name, index[name] if name in index else _open(shape, chosen[name])
    if (name := matrix.bias or "") in chosen and not columns:
        yield name, index[name] if name in index else _open(tuple(chosen[name].shape), chosen[name])


def _open(shape: tuple[int, ...], beside: Tensor) -> Int[Tensor, "..."]:
    return torch.full(shape, -1, device=beside.device)


def _fill(matrix: Matrix, grain: Grain, model: Model, index: Int[Tensor, "..."], labels: dict[str, int]) -> None:
    """Write the units of a matrix into the index of its parameter or bias; new units go behind those of `labels`."""
    rows = matrix.like(index) if index.ndim == 1 else index

    def number(label: str) -> int:
        return labels.setdefault(label, len(labels))

    if grain == "matrix":
        matrix.of(rows).fill_(number(f"block {matrix.block} {matrix.kind}"))
    elif grain == "head" and matrix.kind in ATTENTION:
        shared = matrix.kind in ("k", "v") and model.kv_heads < model.heads
        for head, part in enumerate(matrix.by_head(rows)):
            part.fill_(number(f"block {matrix.block} {'kv head' if shared else 'head'} {head}"))
    elif grain == "neuron" and matrix.kind in MLP:
        view = matrix.of(rows)
        neurons = view.T if matrix.kind == "mlp_out" else view
        numbers = [number(f"block {matrix.block} neuron {neuron}") for neuron in range(len(neurons))]
        neurons.copy_(torch.tensor(numbers, device=rows.device)[:, None])


def _require_all(chosen: Mapping[str, Tensor], index: Mapping[str, Tensor], grain: Grain) -> None:
    for name in chosen:
        if name not in index or bool((index[name] < 0).any()):
            raise ShapeError(
                f"{name} belongs to no {grain}, so no mask of {grain}s can cover it. Leave it out, or choose the "
                "grain of weights or matrices."
            )
