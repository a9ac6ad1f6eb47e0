"""What a larger model is better at, held against the same relative gain everywhere."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float64

from experiments.function_tokens.consolidation.grouped import DRAWS, called
from interp.errors import ShapeError
from interp.stats import Interval
from interp.token_classes import GroupedLosses


class Gain(NamedTuple):
    """How far the loss of a larger model lies below that of a smaller one, in nats."""

    content_over_function: Interval
    """The gain for content tokens that come next, less that for function tokens."""
    evenly: Interval
    """What that would be if all losses fell by the same share: a higher loss falls further."""
    excess: Interval
    """The first less the second, both of the same documents drawn."""
    groups: dict[str, Interval]
    """The gain in every group."""
    even_groups: dict[str, float]
    """What each would be if all losses fell by the same share."""

    def to_json(self) -> dict[str, Any]:
        """Plain numbers."""
        return {**self._asdict(), "groups": {name: list(one) for name, one in self.groups.items()}}


def gain(small: GroupedLosses, large: GroupedLosses, rng: np.random.Generator) -> Gain:
    """The gain of `large` over `small`, with intervals over documents.

    Raises `ShapeError` for losses of other predictions, and for a group without one.
    """
    if small.current != large.current or not np.array_equal(small.counts, large.counts):
        raise ShapeError("the two models were not judged on the same predictions")
    if (small.counts.sum(0) == 0).any():
        raise ShapeError("a group without a prediction has no gain")
    numbers = np.stack([small.sums, large.sums, small.counts.astype(np.float64)], 1)
    documents = len(numbers)
    times = rng.multinomial(documents, np.full(documents, 1 / documents), size=DRAWS)
    drawn = np.einsum("rd,dkcf->rkcf", times.astype(np.float64), numbers)
    drawn = drawn[(drawn[:, 2] > 0).all((1, 2))]
    column = small.following.index("content")
    own, again = _gains(numbers.sum(0)[None], column), _gains(drawn, column)
    real, evenly, excess = (
        _interval(float(one[0]), many, documents) for one, many in zip(own[:3], again[:3], strict=True)
    )
    names = [called(current, following) for current in small.current for following in small.following]
    by_group, even = own[3].ravel(), own[4].ravel()
    spread = again[3].reshape(len(again[3]), -1)
    groups = {name: _interval(float(by_group[i]), spread[:, i], documents) for i, name in enumerate(names)}
    return Gain(real, evenly, excess, groups, {name: float(even[i]) for i, name in enumerate(names)})


def _gains(numbers: Float64[np.ndarray, "draw 3 current following"], content: int) -> list[Float64[np.ndarray, "..."]]:
    """Of [small, large, predictions]: content over function, the same evenly, excess, by group, by group evenly."""
    small, large, counts = numbers[:, 0], numbers[:, 1], numbers[:, 2]
    share = 1 - large.sum((1, 2)) / small.sum((1, 2))
    even = share[:, None, None] * small

    def contrast(nats: Float64[np.ndarray, "draw current following"]) -> Float64[np.ndarray, " draw"]:
        means: Float64[np.ndarray, "draw following"] = nats.sum(1) / counts.sum(1)
        found: Float64[np.ndarray, " draw"] = means[:, content] - means[:, 1 - content]
        return found

    real, evenly = contrast(small - large), contrast(even)
    return [real, evenly, real - evenly, (small - large) / counts, even / counts]


def _interval(value: float, drawn: Float64[np.ndarray, " draw"], documents: int) -> Interval:
    low, high = np.quantile(drawn, [0.025, 0.975]) if len(drawn) else (value, value)
    return Interval(value, min(float(low), value), max(float(high), value), documents)


__all__ = ["Gain", "gain"]
