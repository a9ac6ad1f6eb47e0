"""Which models answer which questions, and how their subgraph is chosen before parts of it are exchanged."""

from dataclasses import dataclass, field

from experiments.mental_math.questions import Span
from experiments.mental_math.sampling import Sampling
from experiments.mental_math.subject import Plan


@dataclass(frozen=True)
class Settings:
    """Alternatives to the conditional mean and to peeking, in one model and in a contrast.

    Waiting is counted in blocks: wait 15 means that blocks 0 to 14 do not run. The authors' code names the last of
    them, `wait_until_layer=14`; metrics hold both numbers.
    """

    model: str = "sums-in-turn"
    """The model that the findings are about: a zoo name, a Hugging Face folder or a hub id."""
    contrast: str = "sums-plain"
    """A model seen beside it on the first task, which no finding judges; empty for none."""
    spans: tuple[Span, ...] = (Span("A+B", 14), Span("A+B+C", 7))
    """Tasks with their largest operand; findings are about the first."""
    plan: Plan = field(default_factory=lambda: Plan(fit=120, choose=35, report=70, floor=3))
    """Prompts and means; the largest operand is the span's."""
    threshold: float = 0.95
    """Faithfulness from which a setting of the subgraph passes."""
    draws: int = 5
    """Drawings of contexts, for each number of them."""


TINY = Settings(
    model="sums-tiny", contrast="", spans=(Span("A+B", 14),), plan=Plan(fit=140, choose=25, report=60, floor=3), draws=2
)
"""Seconds."""
PAPER = Settings(
    model="meta-llama/Meta-Llama-3-8B", contrast="EleutherAI/gpt-j-6b",
    spans=tuple(Span(name, 99) for name in ("A+B", "A-B", "A+B+C", "A-B-C")),
    plan=Plan(Sampling(low=1, answers=(0, 299)), fit=7500, choose=500, report=1000, batch=64),
)  # fmt: skip
"""The paper's models and the sampling of its demonstration."""

__all__ = ["PAPER", "TINY", "Settings"]
