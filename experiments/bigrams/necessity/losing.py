"""The next-token loss without subnetworks and with nothing but them, whatever is gone filled in three ways."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from jaxtyping import Integer
from torch import Tensor

from interp.models.model import Model
from interp.subnetworks.losses import EMPTY, FULL, necessity, sufficiency
from interp.subnetworks.mask import Mask


def losses(
    model: Model, tokens: Integer[Tensor, "sequence position"], masks: Mapping[str, Sequence[Mask]], seed: int
) -> dict[str, Any]:
    """Losses by kind, way and fill, one for each mask of a kind, and those of the full and of the empty model.

    Each is an interval over sequences, in nats a predicted token.
    """
    named = {_name(kind, number): mask for kind, those in masks.items() for number, mask in enumerate(those)}
    tables = {
        "ablated": necessity(model, tokens, named, torch.Generator().manual_seed(seed)),
        "alone": sufficiency(model, tokens, named, torch.Generator().manual_seed(seed)),
    }
    found = {(way, row.name, row.fill): row.loss for way, rows in tables.items() for row in rows}
    fills = [row.fill for row in tables["alone"] if row.name == EMPTY]
    return {
        "full": found["alone", FULL, None],
        "empty": {fill: found["alone", EMPTY, fill] for fill in fills},
        "kinds": {
            kind: {
                way: {fill: [found[way, _name(kind, number), fill] for number in range(len(those))] for fill in fills}
                for way in tables
            }
            for kind, those in masks.items()
        },
    }


def _name(kind: str, number: int) -> str:
    return f"{kind} {number}"


__all__ = ["losses"]
