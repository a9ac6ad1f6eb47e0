"""Probes that are one matrix and one vector: weights, directions for edits, and files."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import torch
from jaxtyping import Float, Float32
from torch import Tensor

from interp.errors import FileError, ShapeError
from interp.files import read_tensors, write_tensors
from probes.errors import ProbeError
from probes.gram import require_finite, require_matrix
from probes.origin import Origin
from probes.surface import Probe

ROUNDING = 1e-6
"""Share of its target's weights below which, in float32, a difference of them is nothing but rounding."""
Self = TypeVar("Self", bound="AffineProbe")


class Affine(NamedTuple):
    """The map from features to class scores: weight @ features + bias.

    In float32 a feature whose mean is m times its spread costs the scores about m * 1e-7.
    """

    weight: Float32[Tensor, "target class width"]
    """Score per unit of every feature."""
    bias: Float32[Tensor, "target class"]
    """Score at the origin of the features."""


class AffineProbe(Probe):
    """Scores that are linear in the features, and the directions along which they grow."""

    def __init__(
        self,
        ridge: float = 1e-4,
        targets: Sequence[str] | None = None,
        classes: Sequence[str] | None = None,
        origin: Origin | None = None,
    ) -> None:
        super().__init__(targets, classes, origin)
        if not (math.isfinite(ridge) and ridge >= 0):
            raise ShapeError(f"ridge must be a finite number of at least 0, not {ridge}")
        self.ridge = ridge
        self._fitted: Affine | None = None

    @property
    def weight(self) -> Float32[Tensor, "target class width"]:
        """Score per unit of every feature."""
        return self._affine().weight

    @property
    def bias(self) -> Float32[Tensor, "target class"]:
        """Score at the origin of the features."""
        return self._affine().bias

    @property
    def coef_(self) -> Any:
        """`weight` as an array; [class, width] when fitted to labels of one target as [row]."""
        weight = self.weight.cpu().numpy()
        return weight[0] if self._one_target else weight

    @property
    def intercept_(self) -> Any:
        """`bias` as an array; [class] when fitted to labels of one target as [row]."""
        bias = self.bias.cpu().numpy()
        return bias[0] if self._one_target else bias

    def scores(self, features: Float[Tensor, "row width"]) -> Float32[Tensor, "row target class"]:
        """The score of every class, computed in float32 on the device of `features`; gradients flow to `features`."""
        require_matrix(features)
        weight, bias = (tensor.to(features.device) for tensor in self._affine())
        if features.shape[1] != weight.shape[-1]:
            raise ShapeError(f"the probe was fitted to width {weight.shape[-1]}, the features have {features.shape[1]}")
        require_finite(features)
        flat: Tensor = features.float() @ weight.flatten(0, 1).T
        return flat.view(-1, *bias.shape) + bias

    def direction(
        self, target: str | int, class_: str | int, against: str | int | None = None
    ) -> Float32[Tensor, " width"]:
        """The unit vector along which the score of `class_` gains most on that of `against`.

        It is the difference of their weights, divided by its norm; without `against`, the weight of the class minus
        the mean of the weights of all classes. Raises `UnknownNameError` for a name or index that the probe does not
        have, and `ProbeError` where there is no direction: every row, or none, had one of the two classes, the
        features never varied, or the two classes are the same.
        """
        row, column = self._place("target", target), self._place("class", class_)
        other = None if against is None else self._place("class", against)
        weights = self.weight[row].double()
        difference = weights[column] - (weights.mean(0) if other is None else weights[other])
        asked = [column] if other is None else [column, other]
        never = (weights[asked].norm(dim=1) == 0) | ~self.bias[row, asked].isfinite()
        if never.any() or difference.norm() <= ROUNDING * weights.norm():
            versus = "" if against is None else f" against {against!r}"
            raise ProbeError(
                f"target {target!r} has no direction for class {class_!r}{versus}: in the rows that were fitted it was "
                "always or never this class, or no feature varied"
            )
        return torch.nn.functional.normalize(difference, dim=0).float()

    def save(self, path: str | Path) -> None:
        """Write weights, names, settings and origin to one safetensors file, whole or not at all."""
        tensors = self._affine()._asdict()
        about = json.dumps({**self.get_params(), "one_target": self._one_target})
        write_tensors(Path(path), tensors, {"format": self._format(), "settings": about})

    @classmethod
    def load(cls: type[Self], path: str | Path) -> Self:
        """The probe that `save` wrote, on the CPU. Raises `FileError` for any other file."""
        tensors, metadata = read_tensors(Path(path))
        if metadata.get("format") != cls._format() or set(tensors) != {"weight", "bias"}:
            raise FileError(f"{path} is no {cls.__name__}: its format is {metadata.get('format')!r}")
        about = json.loads(metadata["settings"])
        one_target = about.pop("one_target")
        for name in ("targets", "classes", "origin"):
            kind = Origin._make if name == "origin" else tuple
            about[name] = None if about[name] is None else kind(about[name])
        probe = cls(**about)
        probe._fitted, probe._one_target = Affine(**tensors), one_target
        return probe

    @classmethod
    def _format(cls) -> str:
        return f"probes.{cls.__name__} 1"

    @property
    def _shape(self) -> tuple[int, int]:
        targets, classes = self._affine().bias.shape
        return targets, classes

    def _affine(self) -> Affine:
        if self._fitted is None:
            raise ProbeError("this probe is not fitted yet: call fit, fit_stream or fit_gram first")
        return self._fitted


__all__ = ["Affine", "AffineProbe"]
