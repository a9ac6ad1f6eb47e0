"""How often two random directions come as near as a threshold, and the threshold that means the same elsewhere."""

from math import sqrt

from interp.errors import ShapeError


def exceedance(threshold: float, width: int) -> float:
    """The probability that the absolute cosine of two random directions of a width exceeds a threshold.

    The square of the cosine has the beta distribution B(1/2, (width - 1) / 2). Raises `ShapeError` for a width below
    2 and a threshold outside 0 to 1.
    """
    from scipy.special import betainc

    if width < 2 or not 0 <= threshold <= 1:
        raise ShapeError(f"need a width of 2 and a cosine of 0 to 1, not {width} and {threshold}")
    return float(betainc((width - 1) / 2, 0.5, 1 - threshold**2))


def same_chance(threshold: float, width: int, other: int) -> float:
    """The threshold that random directions of the width `other` exceed as often as those of `width` do this one."""
    from scipy.special import betaincinv

    exceeded = exceedance(threshold, width)
    exceedance(threshold, other)  # a width that is none raises
    return sqrt(1 - float(betaincinv((other - 1) / 2, 0.5, exceeded)))


__all__ = ["exceedance", "same_chance"]
