"""Which models and tasks, on how many prompts, and what counts as kept."""

from dataclasses import dataclass, field

from experiments.mental_math.subject import Plan


@dataclass(frozen=True)
class Settings:
    """The all-for-one subgraph of one model on its tasks, beside models that need not have it.

    Blocks are counted from 1 everywhere: "wait 15" means that 15 blocks do not run. The authors' code names the last of
    them by its index, 14, and lets blocks 15 and 16 transfer: in our words AF1(15, 2). The paper's text speaks of the
    first 14 layers. Records hold both counts, under "layers".
    """

    model: str = "sums-in-turn"
    """A zoo name, a Hugging Face folder or a hub id."""
    tasks: tuple[str, ...] = ()
    """What is asked of it; when none is named, everything in its training record."""
    lead: str = "A+B+C"
    """The task on which the setting is found that all others are then given; the first task where this is not asked."""
    others: tuple[str, ...] = ("sums-planted", "sums-chain", "sums-plain")
    """Models to compare it with."""
    other_tasks: tuple[str, ...] = ("A+B", "A+B+C")
    """What is asked of them, as far as their training records have it."""
    family: str = ""
    """A model of the same depth that is given the setting of the first one, on the task to lead; empty for none."""
    plan: Plan = field(default_factory=lambda: Plan(fit=120, choose=35, report=70, floor=3))
    """The prompts: so few that those to report on are not among those that means are fitted on, in all but the smallest
    tasks. Operands and answers are those of the training record where there is one."""
    threshold: float = 0.95
    """Share of the full model's right answers that a setting must keep to be chosen."""


__all__ = ["Settings"]
