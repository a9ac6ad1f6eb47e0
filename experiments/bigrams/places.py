"""Where a subnetwork lies, as a record keeps it."""

from collections.abc import Mapping
from typing import Any

from interp.models.model import Model
from interp.subnetworks.location import located
from interp.subnetworks.mask import Mask
from interp.subnetworks.matrices import ATTENTION, MLP


def placed(model: Model, mask: Mask) -> dict[str, Any]:
    """Shares of the kept weights by block, once in attention and once in the MLP, by kind of matrix, and by head.

    `uniform` holds the shares of a mask that keeps the same part of every matrix; of `heads` the part of its weights
    that each keeps is told. The mask must keep a weight.
    """
    found = located(model, mask)
    blocks = range(model.depth)
    return {
        "mlp": [found.share([block], MLP) for block in blocks],
        "attention": [found.share([block], ATTENTION) for block in blocks],
        "kinds": {kind: found.share(kinds=[kind]) for kind in found.kinds},
        "uniform": {
            "mlp": [found.expected([block], MLP) for block in blocks],
            "attention": [found.expected([block], ATTENTION) for block in blocks],
            "kinds": {kind: found.expected(kinds=[kind]) for kind in found.kinds},
        },
        "heads": {kind: kept.density.tolist() for kind, kept in found.heads.items()},
    }


def first_mlp(place: Mapping[str, Any]) -> float:
    """Share of the kept weights in the MLP of the first block."""
    return float(place["mlp"][0])


def runner_up(place: Mapping[str, Any]) -> float:
    """The largest share of any other MLP, or of the attention of any block."""
    return float(max([*place["mlp"][1:], *place["attention"]]))


def values_and_outputs(place: Mapping[str, Any]) -> float:
    """Of the kept weights in attention, the share in value and output matrices; 1/2 where there are none."""
    kinds = place["kinds"]
    both, rest = kinds["v"] + kinds["o"], kinds["q"] + kinds["k"]
    return float(both / (both + rest)) if both + rest else 0.5


__all__ = ["first_mlp", "placed", "runner_up", "values_and_outputs"]
