"""The six ways to put a sum and a difference into words (Mamidanna et al. 2025, the table of input styles).

The strings are the stimuli: the space at the end belongs to them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from experiments.mental_math.tasks import Task
from interp.errors import unknown

STYLES: dict[str, dict[str, str]] = {
    "original": {
        "A+B": "{A}+{B}=",
        "A-B": "{A}-{B}=",
    },
    "verbal math": {
        "A+B": "The sum of {A} and {B} is ",
        "A-B": "The difference of {A} and {B} is ",
    },
    "question answering": {
        "A+B": "What is the sum of {A} and {B}? Answer: ",
        "A-B": "What is the difference of {A} and {B}? Answer: ",
    },
    "instruction": {
        "A+B": "If you add {A} to {B}, you will get ",
        "A-B": "If you subtract {B} from {A}, you will get ",
    },
    "word problem": {
        "A+B": "John has {A} cookies. Jane has {B} cookies. Together they have ",
        "A-B": "John has {A} cookies. He gave Jane {B} cookies. John now has ",
    },
    "python program": {
        "A+B": "a = {A}; b = {B}; print(a + b) # should print ",
        "A-B": "a = {A}; b = {B}; print(a - b) # should print ",
    },
}
"""Templates by style and by task: what the two operands are called and where they stand."""


@dataclass(frozen=True)
class Wording:
    """A task in the words of one style; "original" fits every task, the others a sum and a difference."""

    task: Task
    """What is to be computed."""
    style: str = "original"
    """A key of `STYLES`."""

    def __post_init__(self) -> None:
        """Refuse a style that does not exist, or not for this task."""
        if self.style != "original":
            template(self.style, self.task.name)

    @property
    def template(self) -> str:
        """The prompt with a letter in braces for each operand."""
        return self.task.template if self.style == "original" else template(self.style, self.task.name)

    @property
    def order(self) -> str:
        """The letters of the operands as they are read: "BA" where the words turn them round."""
        return "".join(re.findall(r"{([A-C])}", self.template))

    def text(self, values: Sequence[int]) -> str:
        """The prompt of operands A, B ..."""
        return self.template.format(**dict(zip("ABC", values, strict=False)))


def worded(asked: Task | Wording) -> Wording:
    """A wording as it is, a task in the original style."""
    return asked if isinstance(asked, Wording) else Wording(asked)


def template(style: str, task: str) -> str:
    """The template of a task ("A+B" or "A-B") in a style; `UnknownNameError` for another style or task."""
    if style not in STYLES:
        raise unknown("style", style, STYLES)
    if task not in STYLES[style]:
        raise unknown("task with styles", task, STYLES[style])
    return STYLES[style][task]


__all__ = ["STYLES", "Wording", "template", "worded"]
