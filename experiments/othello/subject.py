"""The model that an Othello experiment looks into, and its random-weight control."""

from math import isqrt

from experiments.othello.rules import Rules
from interp.errors import ModelError
from interp.models.load import load
from interp.models.model import Model


def subject(name: str, device: str, dtype: str) -> tuple[Model, Rules]:
    """The model called `name` and the rules of the board that its vocabulary fits; `ModelError` if it fits none."""
    model = load(name, device=device, dtype=dtype)
    size = isqrt(model.vocabulary + 3)
    if size not in (4, 6, 8) or model.vocabulary != size * size - 3 or model.context < size * size - 5:
        raise ModelError(
            f"{name} is no Othello model: {model.vocabulary} token ids are not one per playable square and padding "
            "(13, 33 or 61), or its context is shorter than a game."
        )
    return model, Rules(size)
