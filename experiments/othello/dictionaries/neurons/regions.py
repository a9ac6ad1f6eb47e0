"""Parts of a board: the rim, the ring around the middle, the middle, and what lies between rim and ring."""

import numpy as np
from jaxtyping import Bool

from interp.errors import ShapeError


def regions(size: int) -> dict[str, Bool[np.ndarray, " square"]]:
    """Masks of the squares of a board of an even size, in the order of its squares.

    "ring" are the twelve squares around the four in the "centre"; "rim" the outermost squares; "between" the rest,
    of which a board of 6 has none. On a board of 4 ring and rim are the same. Raises `ShapeError` for other sizes.
    """
    if size < 4 or size % 2:
        raise ShapeError(f"a board has an even size of 4 or more, not {size}")
    from_middle = np.abs(np.arange(size) - (size - 1) / 2).astype(int)
    steps = np.maximum(from_middle[:, None], from_middle[None]).ravel()
    rim, ring, centre = steps == size // 2 - 1, steps == 1, steps == 0
    return {"rim": rim, "ring": ring, "centre": centre, "between": ~(rim | ring | centre)}


__all__ = ["regions"]
