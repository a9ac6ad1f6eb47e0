"""Which model is asked in which words, and when an answer counts as kept."""

from dataclasses import dataclass, field

from experiments.mental_math.subject import Plan
from experiments.mental_math.templates import STYLES

PLAIN = "original"
"""The style in which the setting is found."""
DIRECT = ("verbal math", "question answering", "instruction")
"""Styles that ask for the sum or the difference itself."""
TOLD = ("word problem", "python program")
"""Styles in which one must first understand that it is asked for."""


@dataclass(frozen=True)
class Settings:
    """The six styles of sums and differences in one model.

    Blocks are counted from 1, "wait 15" means that 15 blocks do not run; records hold the authors' indices, too.
    """

    model: str = "sums-styles"
    """A zoo name, a Hugging Face folder or a hub id. In the zoo's model the circuit was planted in the plain style
    alone; the others it learnt as models do."""
    tasks: tuple[str, ...] = ("A+B", "A-B")
    """Tasks that have styles; the setting is found on the first."""
    styles: tuple[str, ...] = tuple(STYLES)
    """Styles that are asked; "original" must be among them."""
    plan: Plan = field(default_factory=lambda: Plan(fit=120, choose=35, report=70, floor=3))
    """The prompts. Operands and answers are those of the model's training record where there is one."""
    threshold: float = 0.95
    """Share of the full model's right answers that a setting must keep to be chosen."""
    able: float = 0.25
    """Accuracy below which a style counts as not answered: nothing is said of a subgraph there."""


__all__ = ["DIRECT", "PLAIN", "TOLD", "Settings"]
