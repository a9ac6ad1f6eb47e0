"""The shape of the residual stream by depth: in a model, in its bigram subnetworks, and in what they must beat."""

from collections.abc import Sequence
from typing import Any

from jaxtyping import Integer
from torch import Tensor

from experiments.bigrams.geometry.settings import Settings
from experiments.bigrams.overlap.drawn import drawn
from experiments.bigrams.subject import Subject
from interp.errors import InterpError
from interp.geometry.covariance import similarity
from interp.geometry.moments import Moments, moments
from interp.geometry.ridge import ridge_map
from interp.geometry.rotation import median_rotation, rotation
from interp.models.model import Model
from interp.models.randomise import random_weights
from interp.subnetworks.mask import Mask
from interp.subnetworks.pruned import pruned


def measure(subject: Subject, cores: Sequence[Mask], settings: Settings, seed: int) -> dict[str, Any]:
    """Rotation and covariance similarity of every kind of model, as JSON: one entry a kind for each of its seeds.

    Random masks keep as many weights of each matrix as the bigram subnetwork of the same seed. All read the held-out
    text. Raises `InterpError` for fewer than 2 blocks: there is then no later one to compare with.
    """
    model, tokens = subject.model, subject.tokens
    if model.depth < 2:
        raise InterpError(f"{model.name} has {model.depth} block: the first is compared with later ones")
    parts = [moments(model, part) for part in tokens.tensor_split(min(settings.parts, len(tokens)))]
    random = [drawn(subject, core, f"geometry/{draw}") for draw, core in enumerate(cores)]
    untrained = (random_weights(model, seed + draw) for draw in range(settings.untrained))
    return {
        "share": cores[0].share,
        "shapes": {
            "full": [shape(Moments.merged(parts))],
            "bigram": [_pruned(model, core, tokens) for core in cores],
            "random": [_pruned(model, mask, tokens) for mask in random],
            "empty": [_pruned(model, Mask.empty(model), tokens)],
            "untrained": [shape(moments(fresh, tokens)) for fresh in untrained],
        },
        "turn without a part": [turn(Moments.merged(_others(parts, out))) for out in range(len(parts))],
    }


def shape(found: Moments) -> dict[str, Any]:
    """Degrees to either end by depth, and the similarities of all pairs of depths, as JSON."""
    turned = rotation(found)
    return {
        "to input": turned.to_input.tolist(),
        "to output": turned.to_output.tolist(),
        "similarity": similarity(found).tolist(),
    }


def turn(found: Moments) -> float:
    """Degrees by which the first block turns the stream from the token embeddings."""
    before, after = (median_rotation(ridge_map(found, depth, "input").weight) for depth in (0, 1))
    return after - before


def _pruned(model: Model, mask: Mask, tokens: Integer[Tensor, "sequence position"]) -> dict[str, Any]:
    with pruned(model, mask):
        return shape(moments(model, tokens))


def _others(parts: Sequence[Moments], out: int) -> Sequence[Moments]:
    """All but one; a text of one part is left whole."""
    return [part for number, part in enumerate(parts) if number != out] or parts


__all__ = ["measure", "shape", "turn"]
