"""How long and how fast dictionaries are trained: settings that all of one pass share."""

from dataclasses import dataclass
from math import sqrt

from interp.errors import ShapeError
from interp.training.schedule import Schedule, warmup_decay


@dataclass(frozen=True)
class Training:
    """Settings of a training; lengths are in rows, so that they mean the same for every batch size."""

    rows: int = 10_000_000
    """Rows to train on, those seen again in later epochs included; rounded down to whole batches."""
    batch: int = 4096
    """Rows in a step."""
    rate: float | None = None
    """Adam's learning rate at its peak; None for one that fits size and length (see `peak`)."""
    warmup: float = 0.05
    """The share of the steps in which the learning rate rises from 0."""
    decay: float = 0.2
    """The share of the steps, at the end, in which it falls to 0."""
    penalty_warmup: float = 0.1
    """The share of the steps in which the sparsity penalty rises from 0 (L1 and JumpReLU)."""
    aux: float = 1 / 32
    """What the auxiliary loss of dead latents counts; 0 for none."""
    clip: float | None = 1.0
    """The largest length of a dictionary's gradient; None leaves it alone."""
    dead_after: int = 2**18
    """Rows without firing after which a latent is dead."""
    resample_every: int = 0
    """Rows between resamplings of dead latents, none in the last tenth of the training; 0 for never."""
    sample: int = 2**16
    """Rows from which scale and bias are started."""
    log_every: int = 50
    """Steps that one row of the log averages over."""
    checkpoint_every: int = 500
    """Steps between checkpoints."""

    def __post_init__(self) -> None:
        positive = {"batch": self.batch, "dead_after": self.dead_after, "sample": self.sample}
        for name, value in positive.items():
            if value < 1:
                raise ShapeError(f"{name} must be 1 or more, not {value}")
        if self.rows < self.batch:
            raise ShapeError(
                f"{self.rows} rows are fewer than one batch of {self.batch}: lower `batch` or train longer"
            )
        if self.rate is not None and not self.rate > 0:
            raise ShapeError(f"rate must be more than 0, or None for the default, not {self.rate}")
        shares = self.warmup, self.decay, self.penalty_warmup, self.warmup + self.decay
        if not all(0 <= share <= 1 for share in shares):
            raise ShapeError(
                "warmup, decay and penalty_warmup are shares of the steps, the first two together at most 1"
            )
        if self.clip is not None and not self.clip > 0:
            raise ShapeError(f"clip must be more than 0, or None to leave gradients alone, not {self.clip}")
        if not self.aux >= 0 or self.resample_every < 0:
            raise ShapeError(f"aux and resample_every must be 0 or more, not {self.aux} and {self.resample_every}")
        if self.log_every < 1 or self.checkpoint_every < 1 or self.checkpoint_every % self.log_every:
            raise ShapeError(
                f"checkpoint_every must be a multiple of log_every, not {self.checkpoint_every} and {self.log_every}"
            )

    @property
    def steps(self) -> int:
        """Optimiser steps in all."""
        return self.rows // self.batch

    def peak(self, latents: int) -> float:
        """The highest learning rate for a dictionary with so many latents.

        By default 2e-4 times the root of 16,384 / latents (Gao et al. 2024), which is meant for tens of thousands of
        steps. A short training would end far from where it could: below 20,000 steps it is raised by the root of what
        is missing, to 3e-3 at most.
        """
        if self.rate is not None:
            return self.rate
        long = 2e-4 * sqrt(2**14 / latents)
        return max(long, min(3e-3, long * sqrt(20_000 / self.steps)))

    def schedule(self) -> Schedule:
        """The learning rate at each step, as a share of the peak."""
        return warmup_decay(1.0, self.steps, int(self.warmup * self.steps), int(self.decay * self.steps))

    def penalty(self, step: int) -> float:
        """The share of the sparsity penalty at a step."""
        return min(1.0, (step + 1) / max(1.0, self.penalty_warmup * self.steps))

    def resamples(self, step: int) -> bool:
        """Whether dead latents are resampled after this step."""
        if not self.resample_every or step >= 0.9 * self.steps:
            return False
        return (step + 1) * self.batch // self.resample_every > step * self.batch // self.resample_every


__all__ = ["Training"]
