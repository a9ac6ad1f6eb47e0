"""What a search for a subnetwork is told."""

import math
from dataclasses import dataclass, replace
from typing import Any, get_args

from interp.errors import ShapeError, unknown
from interp.subnetworks.gates import Method
from interp.subnetworks.mask import Mask
from interp.subnetworks.units import Grain

SHARP = 1_000.0
"""The sharpness of the gates at which a search is all but over."""
WAY = 0.35
"""Learning rate times steps until then: how far Adam can carry a variable (7,000 steps of 5e-5)."""
LONGER = 1.4
"""How much longer than that a search may go on until its gates are decided."""
DESCENT = 0.65
"""The share of the way after which a wanted size is reached, so that the rest can settle what is kept."""


@dataclass(frozen=True)
class Search:
    """How a mask is searched for. The defaults are those of Chang & Bergen (2025, section 3.1 and appendix A.2)."""

    lam: float | None = None
    """The weight of the penalty, which is this times the mean gate. Either this or `size`."""
    size: int | None = None
    """The number of weights to keep, beside those of `keep`: exactly so many at weight grain, at a coarser one the
    most that whole units allow."""
    grain: Grain = "weight"
    """What is kept or dropped as one."""
    method: Method = "continuous"
    """The relaxation: continuous sparsification or hard concrete gates."""
    names: tuple[str, ...] | None = None
    """The parameters to mask, as `interp.subnetworks.maskable.parameters` takes them; None for the default set."""
    keep: Mask | None = None
    """Weights that are always on and count neither in the penalty nor in the size: a search then adds to them."""
    steps: int = 15_000
    """Optimiser steps at most."""
    rate: float | None = None
    """AdamW's learning rate; None for 5e-5 with continuous sparsification and 0.1 with hard concrete gates."""
    growth: float = 1.001
    """What the sharpness of the gates is multiplied by after every step (continuous sparsification)."""
    sharpness: float = 1.0
    """Their sharpness in the first step; more than 1 for a search that goes on from another one's variables."""
    check_every: int = 10
    """Steps between looks at the gates: for the stop rule, and to steer towards `size`."""
    undecided: float = 0.01
    """The search stops when gates from 0.1 to 0.9 are fewer than this share of those above (continuous
    sparsification)."""
    attempts: int = 3
    """How often a search is made, each time on other batches, until one is stable."""
    calm: int = 100
    """Steps at the end of a stable search within which no jump of the cross-entropy may be left unrecovered."""
    checkpoint_every: int = 500
    """Steps between checkpoints."""

    def __post_init__(self) -> None:
        if (self.lam is None) == (self.size is None):
            raise ShapeError("a search needs either `lam` or `size`, and not both")
        if self.lam is not None and not 0 <= self.lam < math.inf:
            raise ShapeError(f"lam must be 0 or more, not {self.lam}")
        if self.size is not None and self.size < 1:
            raise ShapeError(f"size is a number of weights, 1 or more, not {self.size}")
        for name, allowed, value in (("grain", Grain, self.grain), ("method", Method, self.method)):
            if value not in get_args(allowed):
                raise unknown(name, value, get_args(allowed))
        for name in ("steps", "check_every", "attempts", "checkpoint_every"):
            if getattr(self, name) < 1:
                raise ShapeError(f"{name} must be 1 or more, not {getattr(self, name)}")
        if self.checkpoint_every % self.check_every:
            raise ShapeError(
                f"checkpoint_every must be a multiple of check_every, {self.check_every}, not {self.checkpoint_every}"
            )
        if self.rate is not None and not self.rate > 0:
            raise ShapeError(f"rate must be more than 0, or None for the default, not {self.rate}")
        if not self.growth > 1 or self.steps * math.log(self.growth) > math.log(1e30):
            raise ShapeError(f"growth must be over 1 and take the gates no further than 1e30, not {self.growth}")
        if not 1 <= self.sharpness <= SHARP:
            raise ShapeError(f"sharpness lies between 1 and {SHARP:g}, not at {self.sharpness}")
        if not 0 < self.undecided < 1 or self.calm < 0:
            raise ShapeError(f"undecided is a share and calm 0 or more, not {self.undecided} and {self.calm}")

    @classmethod
    def short(cls, steps: int, **settings: Any) -> "Search":
        """The published schedule compressed into about `steps` steps; `settings` are those of `Search`.

        Learning rate times steps and the sharpness reached stay as they are in some 7,000 published steps, and the
        search stays open for 1.4 times as long, until its gates are decided. Hard concrete gates take `steps` steps.
        """
        if steps < 1:
            raise ShapeError(f"steps must be 1 or more, not {steps}")
        every = settings.get("check_every", cls.check_every)
        given: dict[str, Any] = {"calm": steps // 70, "checkpoint_every": every * max(1, round(steps / 5 / every))}
        if settings.get("method", "continuous") == "continuous":
            given |= {"steps": math.ceil(LONGER * steps), "growth": SHARP ** (1 / steps), "rate": WAY / steps}
        else:
            given["steps"] = steps
        return cls(**{**given, **settings})

    @property
    def learning_rate(self) -> float:
        """The learning rate that is used."""
        return self.rate if self.rate is not None else {"continuous": 5e-5, "hard concrete": 0.1}[self.method]

    @property
    def descent(self) -> int:
        """Steps in which a search comes down to its wanted size."""
        return max(1, round(DESCENT * min(self.steps, self.sharp)))

    @property
    def sharp(self) -> float:
        """Steps after which the gates are sharp."""
        if self.method != "continuous":
            return float(self.steps)
        return math.log(SHARP / self.sharpness) / math.log(self.growth)

    def changed(self, **settings: Any) -> "Search":
        """The same search but for `settings`."""
        return replace(self, **settings)
