"""The model that an Othello experiment looks into, and its random-weight control."""

from math import isqrt

from experiments.othello.model import Shape, build
from experiments.othello.rules import Rules
from interp.errors import ModelError, UnknownNameError
from interp.models.load import load
from interp.models.model import Model

HUB = "NeelNanda/Othello-GPT-Transformer-Lens/synthetic_model.pth"
"""The weights of Li et al. 2023 as Nanda published them, under TransformerLens's names."""
PUBLISHED = Shape(depth=8, width=512, heads=8)
"""Their shape (section 2)."""


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


def subject_or_stand_in(name: str, device: str, dtype: str) -> tuple[Model, Rules, bool]:
    """`subject`, or random weights of the published shape where `name` is not there; whether it was."""
    try:
        return *subject(name, device, dtype), True
    except (ModelError, UnknownNameError):
        return load(build(PUBLISHED, 0).to(device)), Rules(PUBLISHED.size), False
