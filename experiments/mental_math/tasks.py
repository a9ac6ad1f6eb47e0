"""The arithmetic tasks: two or three whole numbers, an expression, one number as the answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Int, Integer

from interp.errors import InterpError, unknown

Numbers = Integer[np.ndarray, "*prompt"]


@dataclass(frozen=True)
class Task:
    """One kind of question, whatever words it is asked in."""

    name: str
    """The expression in letters: "A+B-C"."""
    operands: int
    """How many numbers are given."""
    value: Callable[..., Numbers]
    """Columns of operands to answers."""

    @property
    def template(self) -> str:
        """The expression as the model reads it: "{A}+{B}-{C}="."""
        return "".join("{" + sign + "}" if sign in "ABC" else sign for sign in self.name) + "="

    def text(self, values: Sequence[int]) -> str:
        """ "12+30=" of (12, 30)."""
        return self.template.format(**dict(zip("ABC", values, strict=False)))

    def answers(self, values: Int[np.ndarray, "prompt operand"]) -> Int[np.ndarray, " prompt"]:
        """What is right for each row of operands. Raises `InterpError` for another number of operands."""
        if values.shape[1] != self.operands:
            raise InterpError(f"{self.name} has {self.operands} operands, not {values.shape[1]}")
        found: Int[np.ndarray, " prompt"] = self.value(*values.T)
        return found


TASKS = {
    task.name: task
    for task in (
        Task("A+B", 2, lambda a, b: a + b),
        Task("A-B", 2, lambda a, b: a - b),
        Task("A+B+C", 3, lambda a, b, c: a + b + c),
        Task("A-B-C", 3, lambda a, b, c: a - b - c),
        Task("A+B-C", 3, lambda a, b, c: a + b - c),
        Task("A-B+C", 3, lambda a, b, c: a - b + c),
        Task("AxB", 2, lambda a, b: a * b),
        Task("A-(B+C)", 3, lambda a, b, c: a - (b + c)),
    )
}
"""Eight tasks, as in the paper's main table; four of its names are not known, and these stand in for them."""


def task(name: str) -> Task:
    """The task called `name`; raises `UnknownNameError` with the nearest names."""
    if name not in TASKS:
        raise unknown("task", name, TASKS)
    return TASKS[name]


@cache
def _allowed(name: str, low: int, high: int, least: int, most: int) -> Int[np.ndarray, "prompt operand"]:
    this = TASKS[name]
    grids = np.meshgrid(*[np.arange(low, high + 1)] * this.operands, indexing="ij")
    values = np.stack([grid.ravel() for grid in grids], 1)
    answers = this.answers(values)
    kept = values[(answers >= least) & (answers <= most)]
    kept.flags.writeable = False
    return kept


def allowed(this: Task, low: int, high: int, answers: tuple[int, int]) -> Int[np.ndarray, "prompt operand"]:
    """All operands from `low` to `high` whose answer lies in `answers` (both ends belong), in counting order.

    Raises `InterpError` when there are none.
    """
    found = _allowed(this.name, low, high, *answers)
    if not len(found):
        raise InterpError(
            f"no operands of {this.name} from {low} to {high} have an answer from {answers[0]} to {answers[1]}"
        )
    return found


def draw(
    this: Task, count: int, generator: np.random.Generator, *, low: int, high: int, answers: tuple[int, int]
) -> Int[np.ndarray, "prompt operand"]:
    """`count` rows of `allowed`, drawn with replacement: every allowed row is as likely as any other."""
    rows = allowed(this, low, high, answers)
    return rows[generator.integers(len(rows), size=count)]


__all__ = ["TASKS", "Task", "allowed", "draw", "task"]
