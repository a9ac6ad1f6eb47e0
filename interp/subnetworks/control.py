"""How the penalty is steered so that a search ends at a wanted size."""

import math

from jaxtyping import Float
from torch import Tensor

PULL, BRAKE = 10.0, 2.0
"""What the logarithm of lambda moves by for one e-fold of excess that lasts for a whole search, and for one e-fold that
the excess has grown."""
LARGEST = 1.0
"""The most that it moves by at once."""


def wanted(done: int, start: float, size: float, descent: int) -> float:
    """The size to have after `done` steps: `start` at first, `size` after `descent` steps.

    Its logarithm falls with the square of the steps, as the size does by itself under a fixed lambda: variables move
    at a constant pace while the gates grow sharper. A faster path is out of reach, and lambda would be driven far up.
    """
    share = min(1.0, done / descent)
    return float(start * (size / start) ** share**2)


def nudged(
    lam: Float[Tensor, ""], excess: Float[Tensor, ""], before: Float[Tensor, ""], share: float
) -> Float[Tensor, ""]:
    """The next lambda, given the logarithm of size over wanted size now and at the check before.

    A controller with a proportional and an integral part, in the logarithm of lambda: sizes span decades. `share` is
    that of the whole search which has passed between the checks.
    """
    move = (PULL * share * excess + BRAKE * (excess - before)).clamp(-LARGEST, LARGEST)
    return lam * move.exp()


def logarithm(size: Float[Tensor, ""], of: float) -> Float[Tensor, ""]:
    """The excess: logarithm of `size` over `of`, held finite when nothing is left."""
    return (size.clamp(min=1e-3) / of).log() if of > 0 else size * math.inf
