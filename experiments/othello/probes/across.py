"""Do probes of different depths point the same way? Cosines of their weights (Du et al. 2025, published code)."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from interp.errors import ShapeError

CLASSES = ("empty", "mine", "theirs")
"""The classes of mine/theirs/empty, in the order of the labels."""

Weights = Sequence[Float[Tensor, "_ _ _"]]
"""The weights [target, class, width] of one probe a depth: `probe.weight`, or a slice of its targets."""

Matrix = list[list[float | None]]


def measure_across(
    trained: Weights, random: Weights, halves: tuple[Weights, Weights], classes: Sequence[str] = CLASSES
) -> dict[str, Any]:
    """`cosines` of the probes of the trained model, and what to hold them against.

    "trained": between depths. "halves": between probes of the trained model that are fitted to two disjoint halves of
    the games. Their diagonal is the noise ceiling, a little too low because each half has half the games; off the
    diagonal they show likeness that is not owed to the same rows. "control": between the trained model's probes and
    those of its random-weight control, whose diagonal is what equal labels alone bring about. "random": between depths
    of the control.
    """
    return {
        "trained": cosines(trained, trained, classes),
        "halves": cosines(*halves, classes),
        "control": cosines(trained, random, classes),
        "random": cosines(random, random, classes),
    }


def cosines(left: Weights, right: Weights, classes: Sequence[str] = CLASSES) -> dict[str, Matrix]:
    """Cosines [depth of left][depth of right] of the flattened weights: of each class, and of all classes together.

    Equal amounts added to the weights of all classes of a target change no prediction, so the mean over classes is
    taken off first (for ridge probes it is 0 already). None where a probe has no direction at all. Raises `ShapeError`
    for weights that do not fit each other or the class names.
    """
    shapes = {tuple(weight.shape) for weight in (*left, *right)}
    if len(shapes) != 1 or next(iter(shapes))[1] != len(classes) or "all" in classes:
        raise ShapeError(
            f"need weights [target, class, width] of one shape with {len(classes)} classes, not {sorted(shapes)}"
        )
    sides = [torch.stack([_centred(weight) for weight in side]) for side in (left, right)]
    parts = {name: [side[:, :, place] for side in sides] for place, name in enumerate(classes)}
    return {name: _matrix(*pair) for name, pair in {**parts, "all": sides}.items()}


def _centred(weight: Float[Tensor, "target class width"]) -> Tensor:
    exact = weight.detach().to("cpu", torch.float64)
    return exact - exact.mean(1, keepdim=True)


def _matrix(left: Float[Tensor, "depth *rest"], right: Float[Tensor, "other *rest"]) -> Matrix:
    one, other = left.flatten(1), right.flatten(1)
    norms = one.norm(dim=1)[:, None] * other.norm(dim=1)
    found = (one @ other.T / norms).clamp(-1, 1)
    return [[value if value == value else None for value in row] for row in found.tolist()]
