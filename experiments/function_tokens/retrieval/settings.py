"""Which latents are followed, removed and drawn, and which places are ablated."""

from dataclasses import dataclass

from experiments.function_tokens.settings import PAPER as PAPER_PLAN
from experiments.function_tokens.settings import TINY as TINY_PLAN
from experiments.function_tokens.settings import Plan


@dataclass(frozen=True)
class Settings(Plan):
    """Latents of one depth on the held-out text, beside those of an untrained model; mean ablation at every depth."""

    depth: int | None = None
    """The depth whose latents are followed; None: half of the blocks. With a release, that of its dictionary."""
    untrained: bool = True
    """Whether latents of a model with random weights are followed, too."""
    places: int = 300
    """Places at function tokens, and as many at content tokens, at which latents are removed one by one."""
    depths: tuple[int, ...] | None = None
    """Depths at which places are ablated; None: all that later blocks read."""
    ablated: int = 256
    """Held-out windows in which places are ablated, at most."""
    mean_of: int = 2048
    """Training windows that means are taken of, at most."""
    fewest: int = 10
    """Occurrences from which a token has a mean of its own; rarer ones are not ablated."""
    pairs: float = 0.2
    """Share of the places of a window that are function tokens put to the mean; as many are content tokens."""
    reach: int = 4
    """Positions between the two of a pair, at most."""
    passages: int = 2
    """Passages that are drawn."""
    shown: int = 44
    """Tokens of each of them."""
    batch_windows: int = 32
    """Windows that run at a time."""


TINY = Settings(**TINY_PLAN, places=20, ablated=20, mean_of=60, fewest=4, passages=1, shown=24)
"""Seconds."""
PAPER = Settings(
    **PAPER_PLAN | {"held_out": 2000}, untrained=False, places=1000, depths=(10, 21, 32), ablated=500, batch_windows=8
)
"""The paper's model with the middle one of its dictionaries. There is none of an untrained Gemma."""

__all__ = ["PAPER", "TINY", "Settings"]
