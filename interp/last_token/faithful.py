"""Faithfulness: how much of what the full model gets right a subgraph gets right too (Mamidanna et al. 2025)."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64, Integer
from torch import Tensor

from interp.errors import ShapeError
from interp.last_token.full import require_some
from interp.stats import Interval, bootstrap


class Faithfulness(NamedTuple):
    """How faithful a subgraph is, with what one must know to read the number."""

    faithful: Interval
    """Share of the prompts answered right by the full model that the subgraph answers right too, over prompts."""
    base: Interval
    """Share of all prompts that the full model answers right."""
    majority: float
    """What the best single answer, given to every prompt, would reach in place of `faithful`."""
    prompts: int
    """Prompts that the full model answers right."""
    contexts: int
    """Fewest prompts behind any conditional mean that was used; 0 where none was."""


def faithfulness(
    predicted: Integer[Tensor, " prompt"],
    full: Integer[Tensor, " prompt"],
    answers: Integer[Tensor, " prompt"],
    generator: np.random.Generator,
    contexts: int = 0,
) -> Faithfulness:
    """Faithfulness as published: the share of right answers among prompts that the full model answers right.

    `predicted` and `full` are the most likely tokens of the whole vocabulary, of the subgraph and of the full model.
    It is not multiplied by the accuracy of the full model, and prompts that only the subgraph gets right do not count.
    The intervals are bootstraps over prompts. Raises `ShapeError` when the full model is right nowhere.
    """
    hits, right = _hits(predicted, full, answers)
    known = right.cpu().numpy()
    counted = hits.cpu().numpy()[known].astype(np.int64)
    _, times = np.unique(answers.cpu().numpy()[known], return_counts=True)
    return Faithfulness(
        faithful=bootstrap(counted, np.ones_like(counted), generator),
        base=bootstrap(known.astype(np.int64), np.ones(len(known), np.int64), generator),
        majority=float(times.max() / times.sum()),
        prompts=int(known.sum()),
        contexts=contexts,
    )


def kept(
    predicted: Integer[Tensor, "*setting prompt"],
    full: Integer[Tensor, " prompt"],
    answers: Integer[Tensor, " prompt"],
) -> Float64[np.ndarray, "*setting"]:
    """The faithfulness alone, of many subgraphs at once; NaN where a setting does not exist (predictions of -1)."""
    hits, right = _hits(predicted, full, answers)
    share = hits[..., right].double().mean(-1)
    found: Float64[np.ndarray, "*setting"] = share.masked_fill((predicted == -1).all(-1), float("nan")).cpu().numpy()
    return found


def _hits(predicted: Tensor, full: Tensor, answers: Tensor) -> tuple[Bool[Tensor, "*setting prompt"], Tensor]:
    """Where the subgraph is right, and where the full model is."""
    if not predicted.shape[-1] == len(full) == len(answers):
        raise ShapeError(
            f"need one prediction, one answer of the full model and one right answer per prompt, got "
            f"{predicted.shape[-1]}, {len(full)} and {len(answers)}"
        )
    right = full == answers.to(full.device)
    require_some(right)
    return predicted == answers.to(predicted.device), right.to(predicted.device)


__all__ = ["Faithfulness", "faithfulness", "kept"]
