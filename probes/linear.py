"""The linear probe: from activations to the classes of many targets at once."""

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from jaxtyping import Float, Float32, Int64, Integer
from torch import Tensor

from interp.errors import FileError, ShapeError, unknown
from interp.files import read_tensors, write_tensors
from probes.errors import ProbeError
from probes.gram import CHUNK, Gram, require_finite, require_matrix
from probes.ridge import Affine, solve_ridge

FORMAT = "probes.LinearProbe 1"
ROUNDING = 1e-6
"""Share of its target's weights below which, in float32, a difference of them is nothing but rounding."""


class LinearProbe:
    """Least squares from features to one-hot classes; the class with the highest score is the prediction.

    All targets (the 64 squares of a board, say) share one Gram matrix and one Cholesky factor. `ridge` is relative to
    the variance of each feature (see `probes.ridge.solve_ridge`). Names of targets and classes are optional; with
    them, `probe.direction("e4", "mine")` works beside `probe.direction(28, 1)`.

    The scores of one target sum to 1 but are no probabilities. A class that no row had scores 0 and is never
    predicted; features that never vary are not used, and if none varies the most frequent class is predicted.
    """

    def __init__(
        self,
        ridge: float = 1e-4,
        targets: Sequence[str] | None = None,
        classes: Sequence[str] | None = None,
    ) -> None:
        if not (math.isfinite(ridge) and ridge >= 0):
            raise ShapeError(f"ridge must be a finite number of at least 0, not {ridge}")
        self.ridge = float(ridge)
        self.targets = _names("target", targets)
        self.classes = _names("class", classes)
        self._fitted: Affine | None = None

    def fit(
        self,
        features: Float[Tensor, "row width"],
        labels: Integer[Tensor, "row target"],
        classes: int | None = None,
    ) -> "LinearProbe":
        """Fit to rows that lie in memory; the result stands on the device of `features`.

        `classes` is the number of classes of every target: by default that of the class names, else one more than the
        highest label. A row whose labels are all negative is left out. Raises `ShapeError` as `Gram.of` and
        `solve_ridge` do, and when the names do not match the labels.
        """
        highest = int(labels.max()) + 1 if labels.numel() else 0
        return self.fit_gram(Gram.of(features, labels, self._class_count(classes) or max(highest, 1)))

    def fit_stream(self, batches: Iterable[tuple[Tensor, Tensor]], classes: int | None = None) -> "LinearProbe":
        """Fit to batches of (features, labels), each used once and let go: the same solution as `fit` on all rows.

        Without class names `classes` must be given, since the highest label is not known until the end.
        """
        count = self._class_count(classes)
        if count is None:
            raise ProbeError("a stream needs the number of classes: fit_stream(batches, classes=3), or class names")
        total: Gram | None = None
        for features, labels in batches:
            part = Gram.of(features, labels, count)
            total = part if total is None else total + part
        if total is None:
            raise ShapeError("no rows to fit: the stream was empty")
        return self.fit_gram(total)

    def fit_gram(self, gram: Gram) -> "LinearProbe":
        """Fit to statistics gathered elsewhere: for many sites read in one pass, or many values of `ridge`."""
        targets, classes = gram.counts.shape
        for kind, names, count in (("target", self.targets, targets), ("class", self.classes, classes)):
            if names is not None and len(names) != count:
                raise ShapeError(f"the probe was given {len(names)} {kind} names, but the labels have {count}")
        self._fitted = solve_ridge(gram, self.ridge)
        return self

    @property
    def weight(self) -> Float32[Tensor, "target class width"]:
        """Score per unit of every feature."""
        return self._affine().weight

    @property
    def bias(self) -> Float32[Tensor, "target class"]:
        """Score at the origin of the features."""
        return self._affine().bias

    def scores(self, features: Float[Tensor, "row width"]) -> Float32[Tensor, "row target class"]:
        """The score of every class, computed in float32 on the device of `features`; gradients flow to `features`."""
        require_matrix(features)
        weight, bias = (tensor.to(features.device) for tensor in self._affine())
        if features.shape[1] != weight.shape[-1]:
            raise ShapeError(f"the probe was fitted to width {weight.shape[-1]}, the features have {features.shape[1]}")
        require_finite(features)
        flat: Tensor = features.float() @ weight.flatten(0, 1).T
        return flat.view(-1, *bias.shape) + bias

    @torch.no_grad()
    def predict(self, features: Float[Tensor, "row width"]) -> Int64[Tensor, "row target"]:
        """The class with the highest score, for every target."""
        return torch.cat([self.scores(chunk).argmax(-1) for chunk in torch.split(features, CHUNK)])

    def direction(self, target: str | int, class_: str | int) -> Float32[Tensor, " width"]:
        """The unit vector along which the score of `class_` gains most on the mean score of the target's classes.

        It is the weight of the class minus the mean of the weights of all classes, divided by its norm. Raises
        `UnknownNameError` for a name or index that the probe does not have, and `ProbeError` where there is no
        direction: every row, or none, had this class, or the features never varied.
        """
        targets, classes, _ = self.weight.shape
        row = _index("target", target, self.targets, targets)
        column = _index("class", class_, self.classes, classes)
        weights = self.weight[row].double()
        difference = weights[column] - weights.mean(0)
        if difference.norm() <= ROUNDING * weights.norm():
            raise ProbeError(
                f"target {target!r} has no direction for class {class_!r}: in the rows that were fitted it was always "
                "or never this class, or no feature varied"
            )
        return torch.nn.functional.normalize(difference, dim=0).float()

    def save(self, path: str | Path) -> None:
        """Write weights, names and settings to one safetensors file, whole or not at all."""
        about = {"ridge": self.ridge, "targets": self.targets, "classes": self.classes}
        tensors = self._affine()._asdict()
        write_tensors(Path(path), tensors, {"format": FORMAT, "settings": json.dumps(about)})

    @classmethod
    def load(cls, path: str | Path) -> "LinearProbe":
        """The probe that `save` wrote, on the CPU. Raises `FileError` for any other file."""
        tensors, metadata = read_tensors(Path(path))
        if metadata.get("format") != FORMAT or set(tensors) != {"weight", "bias"}:
            raise FileError(f"{path} is no linear probe: its format is {metadata.get('format')!r}, not {FORMAT!r}")
        probe = cls(**json.loads(metadata["settings"]))
        probe._fitted = Affine(**tensors)
        return probe

    def _affine(self) -> Affine:
        if self._fitted is None:
            raise ProbeError("this probe is not fitted yet: call fit, fit_stream or fit_gram first")
        return self._fitted

    def _class_count(self, classes: int | None) -> int | None:
        named = None if self.classes is None else len(self.classes)
        if classes is not None and (classes < 1 or named not in (None, classes)):
            raise ShapeError(f"classes={classes}, but it must be at least 1 and the number of class names ({named})")
        return named if classes is None else classes


def _names(kind: str, names: Sequence[str] | None) -> tuple[str, ...] | None:
    if names is None:
        return None
    if isinstance(names, str) or not names or len(set(names)) != len(names):
        raise ShapeError(f"{kind} names must be a sequence of distinct strings, not {names!r}")
    return tuple(names)


def _index(kind: str, wanted: str | int, names: tuple[str, ...] | None, count: int) -> int:
    if isinstance(wanted, str) and wanted in (names or ()):
        return (names or ()).index(wanted)
    if not isinstance(wanted, str) and 0 <= wanted < count:
        return int(wanted)
    hint = f"As a number: 0 to {count - 1}."
    if names is None and isinstance(wanted, str):
        hint += f" The {kind} names of this probe were not given to LinearProbe(...)."
    raise unknown(kind, str(wanted), names or (), hint=hint)
