"""Which models are trained to see what makes one wait. The list was committed before any of them was."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """One model that is trained as usual, without a circuit: what stands here is all in which it may differ."""

    name: str
    """What it is called in figures and files."""
    seed: int = 0
    """Of its weights and questions, beside the seed of the run."""
    depth: int = 4
    """Blocks."""
    operands: int = 2
    """Numbers in a question: 2 (A+B and A-B) or 3 (A+B+C and A-B-C)."""
    weight_decay: float = 0.05
    """AdamW's decay of matrices."""
    steps: int = 2500
    """Optimiser steps."""
    spare: int = 0
    """Further "=" behind the question: room to work in that holds no operand."""


STUDIED = (
    Candidate("base, seed 0"),
    Candidate("base, seed 1", seed=1),
    Candidate("base, seed 2", seed=2),
    Candidate("depth 2", depth=2),
    Candidate("depth 8", depth=8),
    Candidate("3 operands", operands=3),
    Candidate("no weight decay", weight_decay=0.0),
    Candidate("weight decay 1", weight_decay=1.0),
    Candidate("4 times as long", steps=10_000),
    Candidate("2 spare tokens", spare=2),
)
"""Three seeds of one model, and seven that differ from it in what might make a model wait."""


@dataclass(frozen=True)
class Settings:
    """The study: its models, what they are asked, and when a model counts as one that waits."""

    models: tuple[Candidate, ...] = STUDIED
    """Models trained as usual."""
    planted: tuple[str, ...] = ("sums-planted", "sums-tiny")
    """The control: models that were trained to wait go through the same measurement and must be found to. Zoo names
    or Hugging Face folders; they are asked A+B and A-B of the numbers that their training records name."""
    width: int = 64
    """Residual stream of the trained models."""
    batch: int = 256
    """Questions a step."""
    rate: float = 2e-3
    """Peak learning rate."""
    two: int = 29
    """Largest operand where there are two; the smallest is 0."""
    three: int = 11
    """Largest operand where there are three."""
    floor: int = 8
    """Fewest contexts behind a conditional mean. Means are over every question there is, those that are judged
    included: a mean of few contexts keeps something of each, which helps a model to pass for one that waits."""
    choose: int = 300
    """Questions of a task on which the longest wait and the best subgraph are chosen."""
    report: int = 300
    """Other questions on which they are judged."""
    threshold: float = 0.95
    """Faithfulness at which a model still answers although it waits."""
    able: float = 0.9
    """Accuracy from which a model can do a task: others are shown and do not count."""


__all__ = ["STUDIED", "Candidate", "Settings"]
