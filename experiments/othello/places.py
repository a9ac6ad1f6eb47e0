"""Parts of the board: its rim, its centre, and what lies between."""

import numpy as np
from jaxtyping import Bool

from interp.errors import ShapeError

RIM, SECOND_RING, RING, CENTRE = "rim", "second ring", "ring", "centre"

Mask = Bool[np.ndarray, " square"]


def places(size: int) -> dict[str, Mask]:
    """The squares of each part of a board of this size, by name.

    The rim is corners and edges, the centre the four squares that are occupied from the start, and the ring the twelve
    around those. The second ring is what is left: on the 8x8 board 20 squares, on smaller boards none. On the 4x4
    board ring and rim are the same squares. Raises `ShapeError` for a size that no board has.
    """
    if size < 4 or size % 2:
        raise ShapeError(f"a board has an even size of 4 or more, not {size}")
    away = np.abs(2 * np.arange(size) - (size - 1))
    layer = np.maximum(away[:, None], away[None, :]).reshape(-1)
    rim, ring, centre = layer == size - 1, layer == 3, layer == 1
    return {RIM: rim, SECOND_RING: ~(rim | ring | centre), RING: ring, CENTRE: centre}


__all__ = ["CENTRE", "Mask", "RIM", "RING", "SECOND_RING", "places"]
