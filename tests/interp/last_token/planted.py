"""Subgraphs whose scores are planted: logits that are right on as many prompts as a score says."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from interp.last_token.full import Answered
from interp.last_token.heads import Head
from interp.last_token.prompts import Prompts
from interp.last_token.setting import AllForOne

VOCABULARY = 5


def made(count: int, wrong: int = 0, first: int = 0) -> Answered:
    """`count` different prompts of three tokens, numbered from `first`; the full model errs on the last `wrong`."""
    numbers = torch.arange(first, first + count)
    tokens = torch.stack([torch.zeros_like(numbers), numbers, numbers % 3], dim=1)
    return Answered(Prompts(tokens, numbers % VOCABULARY), torch.arange(count) < count - wrong)


def logits(tokens: Tensor, right: Tensor, sure: float = 1.0) -> Tensor:
    """Logits of `sure` for the answer where `right`, and for the token after it elsewhere; 0 for all others."""
    answers = tokens[:, 1] % VOCABULARY
    chosen = torch.where(right, answers, (answers + 1) % VOCABULARY)
    return sure * torch.nn.functional.one_hot(chosen, VOCABULARY).double()


def share(tokens: Tensor, score: float) -> Tensor:
    """True for the first `score` of the prompts."""
    return torch.arange(len(tokens)) < round(score * len(tokens))


def by_score(scores: np.ndarray) -> Callable[[Tensor, AllForOne], Tensor]:
    """Logits whose share of right answers is the score of the setting."""

    def run(tokens: Tensor, setting: AllForOne) -> Tensor:
        return logits(tokens, share(tokens, float(scores[setting.wait, setting.transfer])))

    return run


def by_heads(worth: dict[Head, float], sure: float = 1.0) -> Callable[[Tensor, AllForOne], Tensor]:
    """Logits whose share of right answers is the sum of what the heads that peek are worth (0 where not listed)."""

    def run(tokens: Tensor, setting: AllForOne) -> Tensor:
        listed = sum(value for one, value in worth.items() if one.head in setting.heads[one.layer])
        return logits(tokens, share(tokens, listed), sure + 0.01 * sum(map(len, setting.heads.values())))

    return run


def triangle(depth: int, inside: dict[tuple[int, int], float], other: float = 0.0) -> np.ndarray:
    """Scores of all settings: those listed, `other` elsewhere in the triangle, NaN outside."""
    wait, transfer = np.indices((depth + 1, depth + 1))
    scores = np.where(wait + transfer <= depth, other, np.nan)
    for place, score in inside.items():
        scores[place] = score
    return scores
