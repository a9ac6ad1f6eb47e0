"""The non-linear probe: one hidden layer shared by all targets, with probabilities."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import torch
from jaxtyping import Float, Float32, Float64
from torch import Tensor

from interp.errors import FileError, ShapeError
from interp.files import read_tensors, write_tensors
from probes.checks import warn_of
from probes.errors import ProbeError
from probes.gram import Gram, require_finite, require_matrix
from probes.origin import Origin
from probes.perceptron import Layers, Plan, Scale, initial, train
from probes.ridge import SMALLEST_SPREAD
from probes.surface import Probabilities


class MLPProbe(Probabilities):
    """Linear(width, hidden) - ReLU - Linear(hidden, targets * classes), as in Li et al. (2023), section 3.

    What it finds beyond `LogisticProbe` is in the features, but along no direction. It can also compute what the model
    never did and remember what it was shown: put a control beside its accuracy (`ControlTask`, random weights).

    Trained by AdamW on the mean cross-entropy over rows and targets, at a rate that rises shortly and falls along a
    cosine. Features are brought to mean 0 and variance 1, which is folded into the first layer afterwards; those that
    never vary are not used. The first prediction is the class frequencies. `class_weight` multiplies the rows of each
    class in the loss (whose mean it stays): one number a class, or "balanced" for numbers that let the classes of a
    target weigh alike. A class that no row had gets probability 0.

    It is a large model for few rows: where these are some ten thousand, it may be right as often as `LogisticProbe`
    and far too sure of it. Look at the cross-entropy on other rows (`calibration`), and give it more rows before more
    epochs.

    The same rows and `seed` give the same bits on the same machine with the same number of threads.
    """

    def __init__(
        self,
        hidden: int = 256,
        targets: Sequence[str] | None = None,
        classes: Sequence[str] | None = None,
        class_weight: Sequence[float] | str | None = None,
        epochs: int = 6,
        rate: float = 0.01,
        batch: int = 256,
        weight_decay: float = 0.1,
        seed: int = 0,
        origin: Origin | None = None,
    ) -> None:
        super().__init__(targets, classes, origin)
        self.hidden, self.class_weight, self.epochs, self.rate = hidden, class_weight, epochs, rate
        self.batch, self.weight_decay, self.seed = batch, weight_decay, seed
        self._fitted: Layers | None = None
        self._check_settings()
        self.losses_: list[float]
        """Mean loss over each epoch of the last fit, taken while it went on."""

    @property
    def layers(self) -> Layers:
        """The fitted layers, for features as they come."""
        if self._fitted is None:
            raise ProbeError("this probe is not fitted yet: call fit first")
        return self._fitted

    def scores(self, features: Float[Tensor, "row width"]) -> Float32[Tensor, "row target class"]:
        """The logit of every class, computed in float32 on the device of `features`; gradients flow to `features`."""
        require_matrix(features)
        layers = Layers(*(tensor.to(features.device) for tensor in self.layers))
        if features.shape[1] != layers.inner.shape[1]:
            raise ShapeError(f"the probe was fitted to width {layers.inner.shape[1]}, not to {features.shape[1]}")
        require_finite(features)
        return layers.logits(features.float())[0].transpose(1, 2)

    def save(self, path: str | Path) -> None:
        """Write layers, names, settings and origin to one safetensors file, whole or not at all."""
        tensors = self.layers._asdict()
        about = json.dumps({**self.get_params(), "one_target": self._one_target})
        write_tensors(Path(path), tensors, {"format": _FORMAT, "settings": about})

    @classmethod
    def load(cls, path: str | Path) -> "MLPProbe":
        """The probe that `save` wrote, on the CPU. Raises `FileError` for any other file."""
        tensors, metadata = read_tensors(Path(path))
        if metadata.get("format") != _FORMAT or set(tensors) != set(Layers._fields):
            raise FileError(f"{path} is no {cls.__name__}: its format is {metadata.get('format')!r}")
        about = json.loads(metadata["settings"])
        one_target = about.pop("one_target")
        about.update({name: tuple(value) for name, value in about.items() if isinstance(value, list)})
        about["origin"] = None if about["origin"] is None else Origin(*about["origin"])
        probe = cls(**about)
        probe._fitted, probe._one_target = Layers(**tensors), one_target
        return probe

    def _learn(self, features: Tensor, labels: Tensor, classes: int) -> None:
        gram = Gram.of(features, labels, classes, fast=True)  # means, spreads, counts, and every check of the input
        self._check_counts(*gram.counts.shape)
        if not gram.rows:
            raise ShapeError("no rows to fit: none were given, or every label is negative")
        self._train(gram, features.detach(), labels)

    def _train(self, gram: Gram, features: Tensor, labels: Tensor) -> None:
        spread = (gram.scatter.diagonal() / gram.rows).sqrt()
        scale = Scale(gram.mean.float(), torch.where(spread > SMALLEST_SPREAD, 1 / spread, 0.0).float())
        weights = self._weights(gram)
        share = gram.frequencies * weights
        start = (share / share.sum(1, keepdim=True)).log().T.float().contiguous()
        generator = torch.Generator().manual_seed(self.seed)
        layers = initial(features.shape[1], self.hidden, start, generator)
        counted = None if self.class_weight is None else weights.T.float().contiguous()
        plan = Plan(self.epochs, self.rate, self.batch, self.weight_decay)
        losses = train(layers, features, labels, scale, counted, plan, generator)
        if not all(map(math.isfinite, losses)) or not layers.outer.isfinite().all():
            raise ProbeError(f"the loss is no number any more: rate={self.rate:g} is too large")
        self._fitted, self.losses_ = scale.folded(layers), losses
        warn_of(gram, self.targets)

    def _weights(self, gram: Gram) -> Float64[Tensor, "target class"]:
        """How much a row of each class counts, for every target: on average over rows, 1."""
        counts = gram.counts.double()
        if self.class_weight is None:
            return torch.ones_like(counts)
        if self.class_weight == "balanced":
            present = (counts > 0).sum(1, keepdim=True)
            return torch.where(counts > 0, gram.rows / (present * counts.clamp(min=1)), 0.0)
        given = torch.tensor([float(weight) for weight in self.class_weight], dtype=torch.float64).to(counts.device)
        if len(given) != counts.shape[1]:
            raise ShapeError(f"class_weight has {len(given)} numbers for {counts.shape[1]} classes")
        return gram.rows * given / (counts * given).sum(1, keepdim=True)

    @property
    def _shape(self) -> tuple[int, int]:
        classes, targets = self.layers.outer_bias.shape
        return targets, classes

    def _check_settings(self) -> None:
        """Raise `ShapeError` for numbers that mean nothing."""
        for name, number in (("hidden", self.hidden), ("epochs", self.epochs), ("batch", self.batch)):
            if number < 1 or number != int(number):
                raise ShapeError(f"{name} must be a whole number of at least 1, not {number}")
        if not (math.isfinite(self.rate) and self.rate > 0):
            raise ShapeError(f"rate must be a finite number above 0, not {self.rate}")
        if not (math.isfinite(self.weight_decay) and self.weight_decay >= 0):
            raise ShapeError(f"weight_decay must be a finite number of at least 0, not {self.weight_decay}")
        if not 0 <= self.seed < 2**63:
            raise ShapeError(f"seed must lie between 0 and 2^63 - 1, not {self.seed}")
        weight = self.class_weight
        good = not isinstance(weight, str) and all(math.isfinite(w) and w > 0 for w in weight or ())
        if not good and weight != "balanced":
            raise ShapeError(f"class_weight must be None, 'balanced' or a positive number a class, not {weight!r}")


_FORMAT = "probes.MLPProbe 1"

__all__ = ["MLPProbe"]
