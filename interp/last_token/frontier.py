"""The triangle of all settings read as a whole: what passes, how far waiting can go, how little transfer is enough."""

import numpy as np
from jaxtyping import Float64

from interp.errors import ShapeError
from interp.last_token.setting import AllForOne


def passing(scores: Float64[np.ndarray, "wait transfer"], threshold: float = 0.95) -> list[AllForOne]:
    """The settings whose score is at least `threshold`, least wait first, then least transfer."""
    require_threshold(threshold)
    require_triangle(scores)
    return [AllForOne(int(wait), int(transfer)) for wait, transfer in np.argwhere(np.nan_to_num(scores) >= threshold)]


def frontier(scores: Float64[np.ndarray, "wait transfer"], threshold: float = 0.95) -> list[AllForOne]:
    """The settings that pass and that no other passing one outdoes: none waits as long or longer on as little or less.

    Scores are NaN outside the triangle, wait + transfer > depth. Ordered by wait; a longer wait needs more transfer.
    """
    passed = passing(scores, threshold)
    return [one for one in passed if not any(_outdoes(other, one) for other in passed)]


def maximal(scores: Float64[np.ndarray, "wait transfer"], threshold: float = 0.95) -> AllForOne | None:
    """The longest passing wait with the least passing transfer there; None when nothing passes that waits at all."""
    ends = [one for one in frontier(scores, threshold) if one.wait >= 1]
    return ends[-1] if ends else None


def require_triangle(scores: Float64[np.ndarray, "wait transfer"]) -> None:
    """Raise `ShapeError` unless there is a score for every setting of a depth, and NaN where there is no setting."""
    wait, transfer = np.indices(scores.shape)
    if scores.shape[0] != scores.shape[1] or not len(scores):
        raise ShapeError(f"scores must be [depth + 1, depth + 1], not {list(scores.shape)}")
    if (inside := wait + transfer < len(scores)).tolist() != (~np.isnan(scores)).tolist():
        missing = int(np.isnan(scores[inside]).sum())
        raise ShapeError(
            f"scores must be numbers where wait + transfer is at most {len(scores) - 1} and NaN elsewhere: {missing} "
            "settings have none. Finish the sweep first."
        )


def require_threshold(threshold: float) -> None:
    """Raise `ShapeError` unless the threshold is a share that could be missed and reached."""
    if not 0 < threshold <= 1:
        raise ShapeError(f"the threshold is a share of prompts above 0 and at most 1, not {threshold}")


def _outdoes(other: AllForOne, one: AllForOne) -> bool:
    return other != one and other.wait >= one.wait and other.transfer <= one.transfer


__all__ = ["frontier", "maximal", "passing", "require_threshold", "require_triangle"]
