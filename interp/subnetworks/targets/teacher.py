"""The target of a teacher: what a model says that is not masked."""

from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float, Integer
from torch import Tensor

from interp.errors import ShapeError
from interp.models.fingerprint import fingerprint
from interp.models.model import Model
from interp.models.unembedding import Unembedding
from interp.subnetworks.dense import dense_cross_entropy
from interp.subnetworks.hidden import final_states
from interp.subnetworks.targets.naming import identity, named
from interp.subnetworks.targets.target import Off, Prepared, Where, chosen, nothing, taken


@dataclass(frozen=True, eq=False)
class Teacher:
    """The distribution that `model` predicts; None: the searched model itself, as it is without masks."""

    model: Model | None = None
    """A model with the same vocabulary."""
    where: Where | None = None
    """Positions that count; default all."""
    name: str | None = None
    """Stands for `where` in the identity; needed where that is no function of a module."""

    @cached_property
    def identity(self) -> str:
        """JSON with a hash of the teacher's weights, or "itself"."""
        who = "itself" if self.model is None else fingerprint(self.model)
        return identity("teacher", model=who, where=named(self.where, self.name))

    def prepare(self, model: Model, off: Off = nullcontext) -> Prepared:
        """The target for `model`; raises `ShapeError` for a teacher with another vocabulary."""
        teacher = model if self.model is None else self.model
        if teacher.vocabulary != model.vocabulary:
            raise ShapeError(
                f"the teacher {teacher.name} has a vocabulary of {teacher.vocabulary}, {model.name} one of "
                f"{model.vocabulary}: only models with the same tokens can be compared"
            )
        with off():
            return _Prepared(teacher, self.where, off, Unembedding.of(model), Unembedding.of(teacher))


class _Prepared:
    def __init__(
        self, teacher: Model, where: Where | None, off: Off, unembedding: Unembedding, teaching: Unembedding
    ) -> None:
        self._teacher, self._where, self._off = teacher, where, off
        self._unembedding, self._teaching = unembedding, teaching

    def loss(
        self, hidden: Float[Tensor, "batch position width"], tokens: Integer[Tensor, "batch position"]
    ) -> Float[Tensor, ""]:
        rows = chosen(tokens, self._where)
        states = taken(hidden, rows)
        if not len(states):
            return nothing(states)
        with torch.no_grad(), self._off():
            taught = taken(final_states(self._teacher, tokens), rows)

        def targets(start: int, stop: int) -> Tensor:
            return self._teaching.logits(taught[start:stop]).softmax(1).to(hidden.device)

        return dense_cross_entropy(states, self._unembedding, targets)


__all__ = ["Teacher"]
