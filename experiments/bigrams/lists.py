"""Which searches there are. Experiments that ask for the same one get the same mask."""

from dataclasses import dataclass
from typing import Any

from experiments.bigrams.finding import found
from experiments.bigrams.settings import Plan
from experiments.bigrams.subject import Subject
from interp.records import Run
from interp.subnetworks.search import Found
from interp.subnetworks.settings import Search
from interp.subnetworks.targets import FromCounts, Target, Teacher


@dataclass(frozen=True, eq=False)
class Lists:
    """The searches of one subject. `Lists(subject, this).core()` is the bigram subnetwork, a mask a seed."""

    subject: Subject
    this: Run

    def plan(self, **goal: Any) -> Search:
        """The plan's schedule towards a goal: `lam`, or `size`, and perhaps `keep`."""
        return schedule(self.subject.plan, **goal)

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds of the masks of this run: no two runs have one in common."""
        first = self.subject.plan.seeds * self.this.seed
        return tuple(range(first, first + self.subject.plan.seeds))

    @property
    def bigrams(self) -> Target:
        """The bigram distribution after each token."""
        return FromCounts(self.subject.conditional)

    @property
    def full(self) -> Target:
        """What the full model predicts itself."""
        return Teacher()

    def curve(self) -> list[Found]:
        """A mask for every penalty of the plan, all with the first seed."""
        return [self.penalised(lam, self.seeds[0]) for lam in self.subject.plan.lams]

    def penalised(self, lam: float, seed: int) -> Found:
        """Towards the bigrams, under a penalty."""
        return found(self.subject, f"bigrams, lambda {lam:g}", self.bigrams, self.plan(lam=lam), seed, self.this)

    def core(self, share: float | None = None, seeds: int | None = None) -> list[Found]:
        """The bigram subnetwork: exactly `share` (the plan's `core`) of the weights, a mask a seed."""
        plan = self.plan(size=self.subject.size(self.subject.plan.core if share is None else share))
        name = f"bigrams, {plan.size:,} weights"
        return [found(self.subject, name, self.bigrams, plan, seed, self.this) for seed in self.seeds[:seeds]]

    def optimal(self, share: float, seeds: int | None = None) -> list[Found]:
        """Optimal pruning: exactly `share` of the weights towards the full model, a mask for each of so many seeds."""
        plan = self.plan(size=self.subject.size(share))
        name = f"the full model, {plan.size:,} weights"
        return [found(self.subject, name, self.full, plan, seed, self.this) for seed in self.seeds[:seeds]]


def schedule(plan: Plan, **goal: Any) -> Search:
    """A search under the plan's schedule; `goal` as `Search` takes it."""
    return Search(steps=plan.steps, **goal) if plan.schedule == "published" else Search.short(plan.steps, **goal)


__all__ = ["Lists", "schedule"]
