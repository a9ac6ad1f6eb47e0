"""What a small model is trained on: questions of one length at a time, every number one token."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from experiments.mental_math.numbers import number_tokenizer
from experiments.mental_math.tasks import TASKS, Task, draw, task
from experiments.mental_math.templates import STYLES
from interp.errors import InterpError


@dataclass(frozen=True)
class Span:
    """Which numbers a task is asked about."""

    task: str
    """One of `TASKS`."""
    high: int
    """Largest operand; the smallest is 0."""


class Kind:
    """One kind of question, ready to be drawn from: a row of token ids with holes for the operands."""

    def __init__(self, tokenizer: Any, this: Task, template: str, span: Span, largest: int, spare: int = 0):
        """`spare` tokens without meaning stand between the question and the place where the answer is read."""
        self.task, self.high, self.largest = this, span.high, largest
        self.original = template == this.template
        marks = range(1, this.operands + 1)
        row = tokenizer(template.format(**dict(zip("ABC", marks, strict=False)))).input_ids
        by_mark = {tokenizer.convert_tokens_to_ids(str(mark)): number for number, mark in enumerate(marks)}
        # "the difference ... subtract {B} from {A}" names its operands in another order than it is worked out.
        self.holes = [(place, by_mark[token]) for place, token in enumerate(row) if token in by_mark]
        self.row = torch.tensor(row + [row[-1]] * spare)
        self.zero = tokenizer.convert_tokens_to_ids("0")

    @property
    def first(self) -> int:
        """Where the first operand stands."""
        return self.holes[0][0]

    def batch(
        self, count: int, generator: np.random.Generator
    ) -> tuple[Int[Tensor, "row position"], Int[Tensor, " row"]]:
        """Token ids, and the ids of the answers."""
        values = draw(self.task, count, generator, low=0, high=self.high, answers=(0, self.largest))
        tokens = self.row.repeat(count, 1)
        for place, number in self.holes:
            tokens[:, place] = torch.from_numpy(values[:, number]) + self.zero
        return tokens, torch.from_numpy(self.task.answers(values)) + self.zero


class Group:
    """Kinds of questions that are equally long, and so fit into one batch: all plain, or all prose."""

    def __init__(self, kinds: Sequence[Kind]):
        self.kinds, self.plain = list(kinds), kinds[0].original
        firsts = {kind.first for kind in kinds if self.plain}
        if len(firsts) > 1:
            raise InterpError(f"the first operand must stand at one place in all tasks of a batch, not at {firsts}")
        self.first = firsts.pop() if firsts else 0
        """Where the first operand stands; 0 in prose, where it differs."""

    def batch(
        self, count: int, generator: np.random.Generator
    ) -> tuple[Int[Tensor, "row position"], Int[Tensor, " row"]]:
        """`count` questions, as equally many of each kind as can be, kind after kind."""
        sizes = [len(part) for part in np.array_split(np.arange(count), len(self.kinds))]
        parts = [kind.batch(size, generator) for kind, size in zip(self.kinds, sizes, strict=True)]
        return torch.cat([tokens for tokens, _ in parts]), torch.cat([answers for _, answers in parts])


def grouped(kinds: Sequence[Kind]) -> list[Group]:
    """The kinds in groups of one length each, plain ones first."""
    found: dict[tuple[bool, int], list[Kind]] = {}
    for kind in kinds:
        found.setdefault((not kind.original, len(kind.row)), []).append(kind)
    return [Group(found[key]) for key in sorted(found)]


def tokenizer(largest: int) -> Any:
    """The tokenizer of the small models: numbers to `largest`, the signs of all tasks, the words of all styles."""
    words = [text for style in STYLES.values() for text in style.values()]
    return number_tokenizer(largest, [*words, *(each.template for each in TASKS.values())])


def kinds(tokenizer: Any, spans: tuple[Span, ...], largest: int, styles: bool, spare: int = 0) -> list[Kind]:
    """A kind for every task, and with `styles` one for every further way of putting it into words.

    Raises `InterpError` without tasks, `UnknownNameError` for an unknown one.
    """
    if not spans:
        raise InterpError(f"name at least one task to train on: {', '.join(TASKS)}")
    return [
        Kind(tokenizer, task(span.task), template, span, largest, spare)
        for span in spans
        for template in _templates(span.task, styles)
    ]


def _templates(name: str, styles: bool) -> Iterator[str]:
    yield task(name).template
    for style, templates in STYLES.items():
        if styles and style != "original" and name in templates:
            yield templates[name]


__all__ = ["Group", "Kind", "Span", "grouped", "kinds", "tokenizer"]
