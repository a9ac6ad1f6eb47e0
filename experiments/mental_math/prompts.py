"""Prompts of arithmetic as a model's own tokenizer reads them: equally long, numbers and answers of one token."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Int

from experiments.mental_math.reading import Reader, Reading, Refusal, require_read
from experiments.mental_math.sampling import Sampling
from experiments.mental_math.tasks import Task, allowed
from experiments.mental_math.templates import Wording, worded
from interp.errors import ShapeError
from interp.last_token.prompts import Prompts
from interp.models.model import Model


class Sample(NamedTuple):
    """Prompts of one task in one wording, each with other operands."""

    prompts: Prompts
    """As the model reads them, in random order."""
    values: Int[np.ndarray, "prompt operand"]
    """Their operands A, B ..."""
    refused: Mapping[str, int]
    """Prompts drawn beside them that the tokenizer does not read as needed, by what was at fault."""


def encode(model: Model, texts: Sequence[str], answers: Sequence[int]) -> Prompts:
    """Token ids [prompt position] and answers [prompt], on the model's device.

    A prompt begins with the beginning token once where the tokenizer has one, whether it adds it or not, and without
    one where it has none. The answer is the one token that follows when the answer is written behind the prompt.

    Raises `ModelError` where a number of the text or an answer is no single token, where the tokenizer joins prompt
    and answer, or where something is not in the vocabulary; `ShapeError` for no prompts, for another number of
    answers, and for prompts of unequal lengths.
    """
    if not texts or len(texts) != len(answers):
        raise ShapeError(f"need prompts and one answer for each, got {len(texts)} and {len(answers)}")
    return stacked(model, texts, require_read(model, Reader(model).read(texts, answers)))


def sample(
    model: Model, asked: Task | Wording, count: int, generator: np.random.Generator, sampling: Sampling
) -> Sample:
    """`count` different prompts at random out of all that `sampling` allows, or all that there are, if fewer.

    Prompts with a number or an answer that is no single token are left out and counted. Raises as `encode` does when
    none is left or they are unequally long, `InterpError` when the sampling allows none, `ShapeError` for a count
    below 1.
    """
    if count < 1:
        raise ShapeError(f"the number of prompts must be 1 or more, not {count}")
    wording, reader = worded(asked), Reader(model)
    values = generator.permutation(allowed(wording.task, sampling.low, sampling.high, sampling.answers))
    texts: list[str] = []
    found: list[Reading | Refusal] = []
    good: list[int] = []
    while len(good) < count and len(found) < len(values):
        rows = values[len(found) :][: max(64, count - len(good))]
        texts += [wording.text(row) for row in rows.tolist()]
        for each in reader.read(texts[len(found) :], wording.task.answers(rows).tolist()):
            if isinstance(each, Reading) and len(good) < count:
                good.append(len(found))
            found.append(each)
    if not good:
        require_read(model, found)
    refused = Counter(each.kind for each in found if isinstance(each, Refusal))
    kept = [each for number in good if isinstance(each := found[number], Reading)]
    return Sample(stacked(model, [texts[number] for number in good], kept), values[good], dict(refused))


def stacked(model: Model, texts: Sequence[str], readings: Sequence[Reading]) -> Prompts:
    """The readings of texts as tensors; raises `ShapeError` when they are not equally long, with an example of each."""
    examples = {len(reading.tokens): text for text, reading in zip(texts, readings, strict=True)}
    if len(examples) != 1:
        few = ", ".join(f"{length} tokens like {examples[length]!r}" for length in sorted(examples))
        raise ShapeError(f"prompts must be equally long, or a position would mean different things: {few or 'none'}")
    tokens = torch.tensor([reading.tokens for reading in readings], device=model.device)
    return Prompts(tokens, torch.tensor([reading.answer for reading in readings], device=model.device))


__all__ = ["Sample", "encode", "sample", "stacked"]
