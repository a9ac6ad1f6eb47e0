"""Losses by class of the current and the next token, at every checkpoint of one training."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from experiments.function_tokens.consolidation.settings import Settings
from experiments.function_tokens.subject import Subject
from experiments.language.checkpoints import Series
from experiments.language.dictionaries.reading import some
from interp.records import Run
from interp.stats import Interval
from interp.surprisals import surprisals
from interp.token_classes import (
    Classes,
    GroupedLosses,
    TokenSet,
    Transitions,
    gradient_shares,
    grouped_losses,
    token_losses,
)

DRAWS = 300
"""Resamplings of the documents behind every interval."""
HARDEST = ("function", "content")
"""The group that the paper calls the hardest: a content token after a function token."""
RIVAL = ("content", "content")
"""What it is held against."""
GRADIENT = {"norm share": "summed gradient norms", "projection share": "projection on the whole gradient"}
"""The two shares of a group in the gradient, by their names in records. The lengths of the groups' gradients add up to
more than the length of the whole, since they pull apart; their projections on the whole add up to it."""


@dataclass(frozen=True, eq=False)
class Followed:
    """What one training did to the losses of the groups and of single tokens."""

    name: str
    """The model."""
    facts: dict[str, int]
    """Blocks, width and weights."""
    steps: tuple[int, ...]
    """The checkpoints."""
    whole: list[GroupedLosses]
    """All predictions, at each checkpoint."""
    words: list[GroupedLosses]
    """Only those of a token that begins a word."""
    function: Float64[np.ndarray, "member checkpoint"]
    """Mean losses of function tokens, the most frequent first; nan for one that is predicted too seldom."""
    rivals: Float64[np.ndarray, "rival checkpoint"]
    """The same of as many content tokens, those that are the next in frequency."""
    gradients: list[dict[tuple[str, str], tuple[Interval, Interval]]]
    """At each checkpoint and of each group, its shares in the order of `GRADIENT`."""


def follow(subject: Subject, series: Series, settings: Settings, this: Run) -> Followed:
    """Losses on held-out windows and gradients on training windows, through all checkpoints of a training.

    Raises `ModelError` for checkpoints that read other tokens than the subject.
    """
    fresh, learned = some(subject.held_out, settings.judged), some(subject.windows, settings.gradients)
    classes = Classes.two(subject.function)
    whole, of_training = Transitions.of(fresh, classes), Transitions.of(learned, classes)
    words = whole.only(subject.word_initial[fresh.tokens[:, 1:].long()])
    found: dict[str, list[Any]] = {name: [] for name in ("whole", "words", "function", "rivals", "gradients")}
    facts: dict[str, int] = {}
    for step in series.steps:
        this.say(f"losses of {series.name} after {step:,} steps")
        model = subject.of(series.load(step, this.device, this.dtype)).model
        facts = {"depth": model.depth, "width": model.width, "weights": _weights(model.hf)}
        losses = surprisals(model, fresh.tokens.long())
        found["whole"].append(grouped_losses(losses, whole))
        found["words"].append(grouped_losses(losses, words))
        for kind, members in (("function", subject.function), ("rivals", next_in_frequency(subject))):
            found[kind].append(_means(*token_losses(losses, fresh, members)[1:], settings.least))
        model.hf.requires_grad_(True)
        shares = gradient_shares(model, learned.tokens.long(), of_training, batch=settings.step)
        found["gradients"].append(shares.table())
    return Followed(
        series.name, facts, series.steps, found["whole"], found["words"], np.stack(found["function"], 1),
        np.stack(found["rivals"], 1), found["gradients"],
    )  # fmt: skip


def next_in_frequency(subject: Subject) -> TokenSet:
    """As many content tokens as there are function tokens: those of the training text that come next in frequency."""
    count = len(subject.function)
    return TokenSet("next in frequency", subject.statistics.order[count : 2 * count], subject.vocabulary)


def told(followed: Followed, rng: np.random.Generator) -> dict[str, Any]:
    """Means and shares of every group at every checkpoint, with intervals, as plain JSON."""
    return {
        "name": followed.name,
        **followed.facts,
        "steps": list(followed.steps),
        "groups": _table(followed.whole, rng),
        "words": _table(followed.words, rng),
        "gradients": {
            called(*group): {
                key: [list(table[group][place]) for table in followed.gradients] for place, key in enumerate(GRADIENT)
            }
            for group in followed.gradients[0]
        },
    }


def called(current: str, following: str) -> str:
    """The name of a group in records and figures."""
    return f"{current} → {following}"


def differences(groups: Sequence[GroupedLosses], rng: np.random.Generator) -> list[Interval] | None:
    """At each checkpoint the loss of `HARDEST` less that of `RIVAL`; None where either has no prediction."""
    if any(group.counts.sum(0)[:, group.following.index("content")].min() == 0 for group in groups):
        return None
    return [group.difference(HARDEST, RIVAL, rng, draws=DRAWS) for group in groups]


def _table(groups: Sequence[GroupedLosses], rng: np.random.Generator) -> dict[str, Any]:
    """Of groups that have a prediction: their number is the same at every checkpoint."""
    tables = [group.table(rng, draws=DRAWS) for group in groups]
    return {
        called(first.current, first.following): {
            "predictions": first.predictions,
            "token share": list(first.token_share),
            "mean": [list(table[place].mean) for table in tables],
            "loss share": [list(table[place].loss_share) for table in tables],
        }
        for place, first in enumerate(tables[0])
        if first.predictions
    }


def _means(
    means: Float64[Tensor, " member"], counts: Int64[Tensor, " member"], least: int
) -> Float64[np.ndarray, " member"]:
    return torch.where(counts >= least, means, torch.nan).numpy()


def _weights(module: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


__all__ = [
    "DRAWS", "GRADIENT", "HARDEST", "RIVAL", "Followed", "called", "differences", "follow", "next_in_frequency", "told",
]  # fmt: skip
