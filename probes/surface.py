"""What all probes share: the surface that users of scikit-learn know, names, and where the probe belongs."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64, Integer
from torch import Tensor

from interp.activations.capture import capture
from interp.errors import ShapeError, unknown
from interp.models.model import Model
from interp.models.sites import Site
from probes.errors import ProbeError
from probes.gram import CHUNK, require_matrix
from probes.metrics import accuracy
from probes.origin import Origin

Features = Float[Tensor, "row width"] | Float[np.ndarray, "row width"]
"""Activations, a row for each position."""
Labels = (
    Integer[Tensor, "row target"] | Integer[np.ndarray, "row target"] | Integer[Tensor, " row"]
    | Integer[np.ndarray, " row"]
)  # fmt: skip
"""Classes 0, 1, ... of many targets, or of one; negative where there is no label."""
Self = TypeVar("Self", bound="Probe")


class Probe(ABC):
    """A map from activations [row, width] to the classes of many targets [row, target].

    Tensors give tensors, arrays give arrays. Labels of one target may come as [row], as scikit-learn gives them:
    predictions and probabilities then come without the target axis, so that a probe stands in its pipelines,
    cross-validation and grid search (which split by group if you hand over groups: positions of one document are not
    independent).

    Names of targets and classes are optional; `origin` says to which model and site the probe belongs.
    """

    def __init__(
        self, targets: Sequence[str] | None = None, classes: Sequence[str] | None = None, origin: Origin | None = None
    ) -> None:
        self.targets, self.classes = targets, classes
        self.origin = origin
        _check_names("target", targets)
        _check_names("class", classes)
        self._one_target = False

    def fit(self: Self, features: Features, labels: Labels, classes: int | None = None) -> Self:
        """Fit to rows that lie in memory; the result stands on the device of `features`.

        `classes` is the number of classes of every target: by default that of the class names, else one more than the
        highest label. A row whose labels are all negative is left out. Warns (`ProbeWarning`) of targets with one
        class, of classes that no row has, of features that never vary and of fewer rows than features. Raises
        `ShapeError` for shapes, labels and numbers that cannot be fitted, and for names that do not match the labels.
        """
        x, y = as_tensor(features), as_tensor(labels)
        require_matrix(x)
        one = y.ndim == 1
        y = y[:, None] if one else y
        highest = int(y.max()) + 1 if y.numel() else 0
        self._learn(x, y, self._class_count(classes) or max(highest, 1))
        self._one_target = one
        return self

    @abstractmethod
    def scores(self, features: Float[Tensor, "row width"]) -> Float32[Tensor, "row target class"]:
        """The score of every class; the highest one is the prediction."""

    @abstractmethod
    def _learn(self, features: Tensor, labels: Tensor, classes: int) -> None:
        """Fit to labels [row, target]; on an error the earlier fit stays."""

    @property
    @abstractmethod
    def _shape(self) -> tuple[int, int]:
        """(targets, classes) of the fit; raises `ProbeError` before it."""

    @torch.no_grad()
    def predict(self, features: Features) -> Any:
        """The class with the highest score, [row, target] (or [row] when fitted to labels of one target as [row])."""
        x = as_tensor(features)
        chosen = torch.cat([self.scores(chunk).argmax(-1) for chunk in torch.split(x, CHUNK)])
        return self._like(features, chosen)

    def score(self, features: Features, labels: Labels) -> float:
        """Share of labels that `predict` gets right, over all rows and targets (see `probes.accuracy` for others)."""
        y = as_tensor(labels)
        predicted = as_tensor(self.predict(features))
        return accuracy(predicted.view(len(predicted), -1), y.view(len(y), -1).to(predicted.device)).per_label

    def require(self, model: Model, site: Site | str) -> None:
        """Raise `ProbeError` unless the probe belongs to this site of a model with these weights."""
        if self.origin is None:
            raise ProbeError("this probe does not say where it belongs: set probe.origin = Origin.of(model, site)")
        asked = Origin.of(model, site)
        if self.origin.site != asked.site:
            raise ProbeError(f"this probe belongs to {self.origin.site}, not to {asked.site}")
        if self.origin.model != asked.model:
            raise ProbeError(
                f"this probe belongs to a model with other weights than {model.name} "
                f"({self.origin.model[:12]}..., not {asked.model[:12]}...)"
            )

    def read(
        self, model: Model, tokens: Integer[Tensor, "batch position"], batch: int | None = None
    ) -> Int64[Tensor, "batch position target"]:
        """What the probe reads at its own site while `model` reads `tokens`. Raises `ProbeError` as `require` does."""
        if self.origin is None:
            raise ProbeError("this probe does not say where it belongs: set probe.origin = Origin.of(model, site)")
        self.require(model, self.origin.site)
        found = capture(model, tokens, self.origin.site, batch=batch)[self.origin.site]
        read: Tensor = as_tensor(self.predict(found.flatten(0, 1)))
        return read.view(*tokens.shape, -1)

    @property
    def classes_(self) -> Int64[np.ndarray, " class"]:
        """The classes as numbers: 0, 1, ..."""
        return np.arange(self._shape[1])

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002 - scikit-learn's signature
        """The arguments of the constructor, by name."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def set_params(self: Self, **changes: Any) -> Self:
        """Change arguments of the constructor; what was fitted is forgotten. Raises `UnknownNameError`."""
        known = self.get_params()
        for name in changes:
            if name not in known:
                raise unknown(f"argument of {type(self).__name__}", name, known)
        fresh = type(self)(**{**known, **changes})  # raises before anything is forgotten
        vars(self).clear()
        vars(self).update(vars(fresh))
        return self

    def __sklearn_is_fitted__(self) -> bool:
        """What scikit-learn's `check_is_fitted` asks."""
        try:
            return self._shape[0] > 0
        except ProbeError:
            return False

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn asks an estimator about itself."""
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True, multi_output=True),
            classifier_tags=ClassifierTags(),
            input_tags=InputTags(),
        )

    def __repr__(self) -> str:
        changed = {name: value for name, value in self.get_params().items() if value is not None}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in changed.items())})"

    def _like(self, features: Features, found: Tensor) -> Any:
        """A result in the form of the input: an array for an array, without the target axis for one target."""
        found = found[:, 0] if self._one_target else found
        return found if isinstance(features, Tensor) else found.cpu().numpy()

    def _class_count(self, classes: int | None) -> int | None:
        named = None if self.classes is None else len(self.classes)
        if classes is not None and (classes < 1 or named not in (None, classes)):
            raise ShapeError(f"classes={classes}, but it must be at least 1 and the number of class names ({named})")
        return named if classes is None else classes

    def _check_counts(self, targets: int, classes: int) -> None:
        """Raise `ShapeError` when the names do not match the labels."""
        for kind, names, count in (("target", self.targets, targets), ("class", self.classes, classes)):
            if names is not None and len(names) != count:
                raise ShapeError(f"the probe was given {len(names)} {kind} names, but the labels have {count}")

    def _place(self, kind: str, wanted: str | int) -> int:
        """The index of a target or class, given by name or number. Raises `UnknownNameError`."""
        names, count = (self.targets, self._shape[0]) if kind == "target" else (self.classes, self._shape[1])
        if isinstance(wanted, str) and wanted in (names or ()):
            return list(names or ()).index(wanted)
        if not isinstance(wanted, str) and 0 <= wanted < count:
            return int(wanted)
        hint = f"As a number: 0 to {count - 1}."
        if names is None and isinstance(wanted, str):
            hint += f" The {kind} names of this probe were not given to {type(self).__name__}(...)."
        raise unknown(kind, str(wanted), names or (), hint=hint)


class Probabilities(Probe):
    """A probe whose scores are logits."""

    @torch.no_grad()
    def predict_proba(self, features: Features) -> Any:
        """The probability of every class, [row, target, class] (or [row, class] when fitted to one target as [row])."""
        x = as_tensor(features)
        found = torch.cat([self.scores(chunk).softmax(-1) for chunk in torch.split(x, CHUNK)])
        return self._like(features, found)


def as_tensor(numbers: Any) -> Tensor:
    """A tensor over the same memory where it can be. Raises `ShapeError` for what holds no numbers."""
    if isinstance(numbers, Tensor):
        return numbers
    array = np.asarray(numbers)
    if array.dtype.kind not in "fiub":
        raise ShapeError(f"need numbers, not {array.dtype}: labels are the classes 0, 1, ... as integers")
    if not array.flags.writeable:  # torch warns of memory that it might write to; probes never do
        array = array.copy()
    return torch.from_numpy(np.ascontiguousarray(array))


def _check_names(kind: str, names: Sequence[str] | None) -> None:
    if names is not None and (isinstance(names, str) or not names or len(set(names)) != len(names)):
        raise ShapeError(f"{kind} names must be a sequence of distinct strings, not {names!r}")


__all__ = ["Features", "Labels", "Probabilities", "Probe", "as_tensor"]
