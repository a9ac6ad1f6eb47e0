"""The search for the subgraph: wait first, then transfer; chosen on some prompts and reported on others."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Float64, Int, Int64
from torch import Tensor

from interp.errors import ShapeError
from interp.last_token.faithful import Faithfulness, faithfulness, kept
from interp.last_token.frontier import frontier, maximal, require_threshold, require_triangle
from interp.last_token.full import Answered
from interp.last_token.setting import AllForOne

Logits = Callable[[Int[Tensor, "prompt position"], AllForOne], Float[Tensor, "prompt token"]]
"""Logits at the last position under a setting: `Engine.logits`, or the slow reference with its model filled in."""

Waiting = Callable[[Int[Tensor, "prompt position"], int], Float[Tensor, "prompt token"]]
"""Logits at the last position when so many blocks wait and those after them run as usual (`wait_only`)."""


class Found(NamedTuple):
    """What a search found, and what it saw on the way."""

    setting: AllForOne | None
    """The one chosen; None when none that waits passes."""
    waiting: Float64[np.ndarray, " wait"]
    """Faithfulness on the choosing prompts by number of blocks that wait, those after them running as usual."""
    scores: Float64[np.ndarray, "wait transfer"]
    """Faithfulness on the choosing prompts of the subgraphs that were tried; NaN for the others."""
    report: Faithfulness | None
    """The one chosen, on the reporting prompts."""
    isolated: Faithfulness | None
    """Its baseline there: as long a wait and no transfer, so that the last token knows nothing of the others."""
    shared: int
    """Reporting prompts that are among the choosing ones too: 0 unless the task has too few."""


class Agreement(NamedTuple):
    """The searched setting beside that of the whole triangle, on the same prompts."""

    searched: AllForOne | None
    """Wait first, then transfer."""
    maximal: AllForOne | None
    """The longest passing wait of the triangle with the least passing transfer."""
    frontier: list[AllForOne]
    """Every setting that passes and that no other passing one outdoes."""
    agree: bool
    """Whether the first two are the same."""
    note: str
    """Why they are not; empty when they are."""


def search(
    logits: Logits,
    waiting: Waiting,
    depth: int,
    choose: Answered,
    report: Answered,
    generator: np.random.Generator,
    *,
    threshold: float = 0.95,
    contexts: int = 0,
) -> Found:
    """Find the longest wait, then the least transfer, that keep `threshold` of the right answers of `choose`.

    The order of the paper: with everything after the boundary as usual, the longest wait that passes; at that wait,
    the least transfer that passes. Where none does, the next shorter wait that passes, down to 1. Only the settings on
    this way are run: `agreement` compares the outcome with that of the whole triangle. The intervals are those of
    `report`, `contexts` the fewest contexts behind a mean used there (`means.smallest(tokens)`).
    """
    known = choose.known
    alone = kept(wait_predictions(waiting, depth, known.tokens), known.answers, known.answers)
    scores = np.full((depth + 1, depth + 1), np.nan)

    def score(wait: int, transfer: int) -> float:
        predicted = logits(known.tokens, AllForOne(wait, transfer)).argmax(-1)
        scores[wait, transfer] = kept(predicted, known.answers, known.answers)
        return float(scores[wait, transfer])

    setting = _first(alone, score, threshold)
    reported = isolated = None
    if setting is not None:
        reported = _reported(logits, setting, report, generator, contexts)
        isolated = _reported(logits, AllForOne(setting.wait, 0), report, generator, contexts)
    return Found(setting, alone, scores, reported, isolated, _shared(choose, report))


def wait_first(
    waiting: Float64[np.ndarray, " wait"], scores: Float64[np.ndarray, "wait transfer"], threshold: float = 0.95
) -> AllForOne | None:
    """The setting that `search` chooses when these are the scores; None when none that waits passes."""
    require_triangle(scores)
    if len(waiting) != len(scores):
        raise ShapeError(f"need a score of waiting for each of {len(scores)} waits, got {len(waiting)}")
    return _first(waiting, lambda wait, transfer: float(scores[wait, transfer]), threshold)


def agreement(
    waiting: Float64[np.ndarray, " wait"], scores: Float64[np.ndarray, "wait transfer"], threshold: float = 0.95
) -> Agreement:
    """Whether the search finds the maximal setting of the triangle, and if not, what went against it."""
    searched, best = wait_first(waiting, scores, threshold), maximal(scores, threshold)
    note = ""
    if searched != best:
        # Waits above the best have no passing transfer, so the search can only have passed the best one by.
        assert best is not None
        note = (
            f"with all blocks after the boundary as usual, wait {best.wait} keeps {waiting[best.wait]:.3f}, less than "
            f"{threshold}, so that the search never tries it; yet AF1({best.wait}, {best.transfer}) keeps "
            f"{scores[best.wait, best.transfer]:.3f}: what other tokens exchange there harms the answer"
        )
    return Agreement(searched, best, frontier(scores, threshold), searched == best, note)


def wait_predictions(
    waiting: Waiting, depth: int, tokens: Int[Tensor, "prompt position"]
) -> Int64[Tensor, "wait prompt"]:
    """The most likely token after each prompt when 0 to `depth` blocks wait and those after them run as usual."""
    return torch.stack([waiting(tokens, wait).argmax(-1) for wait in range(depth + 1)])


def _first(
    waiting: Float64[np.ndarray, " wait"], score: Callable[[int, int], float], threshold: float
) -> AllForOne | None:
    require_threshold(threshold)
    depth = len(waiting) - 1
    for wait in range(depth, 0, -1):
        if waiting[wait] >= threshold:
            for transfer in range(depth - wait + 1):
                if score(wait, transfer) >= threshold:
                    return AllForOne(wait, transfer)
    return None


def _reported(
    logits: Logits, setting: AllForOne, report: Answered, generator: np.random.Generator, contexts: int
) -> Faithfulness:
    predicted = logits(report.prompts.tokens, setting).argmax(-1)
    return faithfulness(predicted, report.full, report.prompts.answers, generator, contexts)


def _shared(choose: Answered, report: Answered) -> int:
    chosen = {tuple(row) for row in choose.prompts.tokens.tolist()}
    return sum(tuple(row) in chosen for row in report.prompts.tokens.tolist())


__all__ = ["Agreement", "Found", "Logits", "Waiting", "agreement", "search", "wait_first", "wait_predictions"]
