"""Which models answer which questions, and how far their heads are taken away."""

from dataclasses import dataclass, field

from experiments.mental_math.questions import Span
from experiments.mental_math.sampling import Sampling
from experiments.mental_math.subject import Plan


@dataclass(frozen=True)
class Settings:
    """Knockouts of blocks and of heads, in one model and in a contrast.

    Blocks are counted, and numbered from 0: AF1(15, 2) waits blocks 0 to 14 and transfers in blocks 15 and 16, which
    the authors' code calls `wait_until_layer=14`. Metrics hold both numbers.
    """

    model: str = "sums-in-turn"
    """The model that the findings are about: a zoo name, a Hugging Face folder or a hub id. In this one of the zoo
    two blocks transfer, and each brings what the other does not."""
    contrast: str = "sums-plain"
    """A model whose blocks are knocked out beside it on the first task, which no finding judges; empty for none."""
    spans: tuple[Span, ...] = (Span("A+B", 14), Span("A+B+C", 7))
    """Tasks with their largest operand; findings are about the first."""
    plan: Plan = field(default_factory=lambda: Plan(fit=120, choose=35, report=70, floor=3))
    """Prompts and means; the largest operand is the span's."""
    threshold: float = 0.95
    """Faithfulness from which a setting of the subgraph passes."""
    keep: float = 0.95
    """Share of the faithfulness of all heads that those which are left must keep."""
    orders: int = 10
    """Random orders of heads, for comparison."""


TINY = Settings(
    model="sums-tiny", contrast="", spans=(Span("A+B", 14),), plan=Plan(fit=140, choose=25, report=60, floor=3),
    orders=3,
)  # fmt: skip
"""Seconds."""
PAPER = Settings(
    model="meta-llama/Meta-Llama-3-8B", contrast="EleutherAI/gpt-j-6b",
    spans=tuple(Span(name, 99) for name in ("A+B", "A-B", "A+B+C", "A-B-C")),
    plan=Plan(Sampling(low=1, answers=(0, 299)), fit=7500, choose=500, report=1000, batch=64),
)  # fmt: skip
"""The paper's models and the sampling of its demonstration."""

__all__ = ["PAPER", "TINY", "Settings"]
