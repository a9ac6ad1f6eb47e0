"""The target of labels: one right token at each position."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from interp.errors import ShapeError
from interp.models.model import Model
from interp.models.unembedding import Unembedding, widened
from interp.subnetworks.cross_entropy import cross_entropy
from interp.subnetworks.dense import dense_cross_entropy
from interp.subnetworks.targets.naming import identity, named
from interp.subnetworks.targets.target import Off, Prepared, Where, chosen, nothing, taken


def next_tokens(tokens: Integer[Tensor, "batch position"]) -> Integer[Tensor, "batch position"]:
    """The token after each position; -1, for none, at the last one."""
    return torch.nn.functional.pad(tokens[:, 1:].long(), (0, 1), value=-1)


@dataclass(frozen=True, eq=False)
class Labels:
    """All probability on one token; default: on the one that comes next in the text."""

    function: Callable[[Integer[Tensor, "batch position"]], Integer[Tensor, "batch position"]] = next_tokens
    """Gives the right token at each position; negative where there is none, and such a position does not count."""
    where: Where | None = None
    """Positions that count; default all that have a label."""
    name: str | None = None
    """Stands for both functions in the identity; needed where they are no functions of a module."""

    @property
    def identity(self) -> str:
        """JSON with the names of the functions."""
        return identity("labels", function=named(self.function, self.name), where=named(self.where, self.name))

    def prepare(self, model: Model, off: Off = nullcontext) -> Prepared:
        """The target for `model`."""
        with off():
            return _Prepared(self, Unembedding.of(model))


class _Prepared:
    def __init__(self, target: Labels, unembedding: Unembedding) -> None:
        self._function, self._where, self._unembedding = target.function, target.where, unembedding

    def loss(
        self, hidden: Float[Tensor, "batch position width"], tokens: Integer[Tensor, "batch position"]
    ) -> Float[Tensor, ""]:
        labels = self._function(tokens)
        if labels.shape != tokens.shape or labels.is_floating_point():
            raise ShapeError(f"labels must be integers {list(tokens.shape)}, not {labels.dtype} {list(labels.shape)}")
        rows = chosen(tokens, self._where, (labels >= 0).to(tokens.device))
        states, right, unembedding = taken(hidden, rows), taken(labels, rows).long(), self._unembedding
        if not len(states):
            return nothing(states)
        if int(right.max()) >= unembedding.vocabulary:
            raise ShapeError(
                f"label {int(right.max())} is not in the vocabulary: 0 to {unembedding.vocabulary - 1}, or negative"
            )
        right = right.to(hidden.device)
        if unembedding.cap is not None:
            return dense_cross_entropy(states, unembedding, lambda start, stop: self._dense(right[start:stop]))
        offsets = None if unembedding.bias is None else widened(unembedding.bias[right])
        return cross_entropy(states, unembedding, widened(unembedding.weight[right]), offsets)

    def _dense(self, labels: Integer[Tensor, " row"]) -> Float[Tensor, "row token"]:
        return torch.nn.functional.one_hot(labels, self._unembedding.vocabulary).float()


__all__ = ["Labels", "next_tokens"]
