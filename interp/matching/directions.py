"""Directions against directions: decoder rows, probe directions, another dictionary; and how near chance comes."""

from math import pi
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from interp.errors import ShapeError
from interp.stats import Interval, over_seeds

_ANGLES = 2**16
"""Steps of the integral over the angle between two directions."""


class Nearest(NamedTuple):
    """For every direction the nearest of some others; several may have the same one."""

    partner: Int64[Tensor, " direction"]
    """The nearest of the others; of several, the first."""
    cosine: Float64[Tensor, " direction"]
    """The cosine with it, or its absolute value when signs do not count."""
    rotated: Float64[Tensor, "draw direction"]
    """The control: the same after each random rotation of the others as a whole, which keeps what they are to one
    another and forgets where they point."""
    chance: Interval
    """What one direction comes to with as many independent random ones: mean and middle 95 %, in closed form."""

    @property
    def mean(self) -> float:
        """The mean over directions ("mean max cosine")."""
        return float(self.cosine.mean())

    @property
    def control(self) -> Interval:
        """The same mean after rotations, with its interval over the draws."""
        return over_seeds(self.rotated.mean(1).tolist())


class Paired(NamedTuple):
    """Two sets of directions matched one to one, so that the sum of cosines is the highest possible."""

    first: Int64[Tensor, " pair"]
    """Directions of the first set, ascending: all of them unless the second set is smaller."""
    second: Int64[Tensor, " pair"]
    """Their partners, each used once."""
    cosine: Float64[Tensor, " pair"]
    """The cosine of each pair, or its absolute value when signs do not count."""
    rotated: Float64[Tensor, "draw pair"]
    """The control: cosines of the best pairs after each random rotation of the second set as a whole."""

    @property
    def mean(self) -> float:
        """The mean over pairs."""
        return float(self.cosine.mean())

    @property
    def control(self) -> Interval:
        """The same mean after rotations, with its interval over the draws."""
        return over_seeds(self.rotated.mean(1).tolist())


def cosines(a: Float[Tensor, "a width"], b: Float[Tensor, "b width"]) -> Float64[Tensor, "a b"]:
    """The cosine of every direction of `a` with every one of `b`, neither of which is changed.

    Raises `ShapeError` for shapes that do not fit, NaN and infinity, and a row of zeros, which has no direction.
    """
    return _unit(a) @ _unit(b, a).T


def nearest(
    a: Float[Tensor, "a width"],
    b: Float[Tensor, "b width"],
    generator: np.random.Generator,
    *,
    signed: bool = True,
    draws: int = 5,
) -> Nearest:
    """For every direction of `a` the nearest of `b`, with `draws` random rotations of `b` as control.

    `b` may be the decoder of another dictionary, or any directions: probes', neurons'. Where they were fitted to
    labels, give the directions fitted to shuffled labels as `b` too. Signs count unless told otherwise.
    Raises `ShapeError` as `cosines` does, and for no draws.
    """
    ours, theirs = _both(a, b, draws)
    cosine, index = _measure(ours, theirs, signed).max(1)
    rotated = [_measure(ours, theirs @ rotation(ours, generator), signed).amax(1) for _ in range(draws)]
    return Nearest(index, cosine, torch.stack(rotated), chance(a.shape[1], len(b), signed=signed))


def paired(
    a: Float[Tensor, "a width"],
    b: Float[Tensor, "b width"],
    generator: np.random.Generator,
    *,
    signed: bool = True,
    draws: int = 5,
) -> Paired:
    """Match the directions of `a` and `b` one to one, with `draws` random rotations of `b` as control.

    The pairs are those of the linear assignment problem; as many as the smaller set has directions.
    Raises `ShapeError` as `cosines` does, and for no draws.
    """
    ours, theirs = _both(a, b, draws)
    first, second, cosine = _assign(_measure(ours, theirs, signed))
    rotated = [_assign(_measure(ours, theirs @ rotation(ours, generator), signed))[2] for _ in range(draws)]
    return Paired(first, second, cosine, torch.stack(rotated))


def chance(width: int, count: int, *, signed: bool = True, level: float = 0.95) -> Interval:
    """The highest cosine of one direction with `count` independent random ones: mean, and the middle `level` of it.

    The density of the angle between a direction and a random one goes with its sine to the power `width` - 2; the
    highest of `count` cosines follows from it, by numerical integration. `n` is `count`.
    Raises `ShapeError` for a width below 2 and no directions.
    """
    if width < 2 or count < 1 or not 0 < level < 1:
        raise ShapeError(f"need a width of 2, one direction and a level in (0, 1): {width}, {count} and {level}")
    ends = np.linspace(0, pi, 2 * _ANGLES + 1)
    middles = (ends[1:] + ends[:-1]) / 2
    density = np.exp((width - 2) * np.log(np.sin(middles)))
    within = np.concatenate([[0.0], np.cumsum(density) / density.sum()])  # that the angle is at most this
    if not signed:
        ends, middles, within = ends[: _ANGLES + 1], middles[:_ANGLES], np.minimum(2 * within[: _ANGLES + 1], 1.0)
    nearest_within = -np.expm1(count * np.log1p(-np.minimum(within, 1 - 1e-16)))
    nearest_within /= nearest_within[-1]
    mean = float(np.diff(nearest_within) @ np.cos(middles))
    low, high = np.cos(np.interp([(1 + level) / 2, (1 - level) / 2], nearest_within, ends))
    return Interval(mean, float(low), float(high), count)


def rotation(like: Float64[Tensor, "row width"], generator: np.random.Generator) -> Float64[Tensor, "width width"]:
    """A random rotation or reflection, all equally likely: the Q of a Gaussian matrix (Mezzadri 2007)."""
    drawn = torch.from_numpy(generator.standard_normal((like.shape[1], like.shape[1]))).to(like.device)
    q, r = torch.linalg.qr(drawn)
    rotated: Tensor = q * r.diagonal().sign()
    return rotated


def _measure(a: Tensor, b: Tensor, signed: bool) -> Float64[Tensor, "a b"]:
    return a @ b.T if signed else (a @ b.T).abs()


def _assign(gain: Float64[Tensor, "a b"]) -> tuple[Tensor, Tensor, Tensor]:
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(gain.cpu().numpy(), maximize=True)
    first, second = (torch.from_numpy(index).to(gain.device) for index in (rows, columns))
    return first, second, gain[first, second]


def _both(a: Tensor, b: Tensor, draws: int) -> tuple[Tensor, Tensor]:
    if draws < 1:
        raise ShapeError(f"a cosine without its control says nothing: need 1 draw or more, not {draws}")
    return _unit(a), _unit(b, a)


def _unit(directions: Tensor, like: Tensor | None = None) -> Float64[Tensor, "direction width"]:
    like = directions if like is None else like
    if directions.ndim != 2 or not directions.numel() or directions.shape[1:] != like.shape[1:]:
        raise ShapeError(
            f"need directions [direction, width] of one width, not {list(like.shape)} and {list(directions.shape)}"
        )
    exact = directions.detach().to(like.device, torch.float64)
    length = exact.norm(dim=1, keepdim=True)
    bad = (~length.isfinite() | (length == 0))[:, 0].nonzero()[:, 0]
    if len(bad):
        raise ShapeError(f"direction {int(bad[0])} has no direction: it is 0, or holds NaN or infinity")
    unit: Tensor = exact / length
    return unit
