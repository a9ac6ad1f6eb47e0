"""Faithfulness of many variants on the same prompts: those that the full model answers right."""

import numpy as np
from jaxtyping import Float, Float64, Int, Int64
from torch import Tensor

from experiments.mental_math.subject import Subject
from interp.last_token.full import Answered
from interp.last_token.prompts import Prompts
from interp.stats import Interval, bootstrap

Hits = Int64[np.ndarray, " prompt"] | Float64[np.ndarray, " prompt"]
"""1 where a prompt is answered right, 0 where not, or the mean of several tries."""


def chosen_on(subject: Subject) -> Answered:
    """The half on which settings are chosen."""
    return Answered(subject.choose, subject.right_choose)


def reported_on(subject: Subject) -> Answered:
    """The half on which they are judged."""
    return Answered(subject.report, subject.right_report)


def hits(predicted: Int[Tensor, " prompt"], known: Prompts) -> Int64[np.ndarray, " prompt"]:
    """Where the prediction is the answer."""
    found: Int64[np.ndarray, " prompt"] = (predicted.cpu() == known.answers.cpu()).numpy().astype(np.int64)
    return found


def top_hits(logits: Float[Tensor, "prompt token"], known: Prompts) -> Int64[np.ndarray, " prompt"]:
    """Where the most likely token is the answer."""
    return hits(logits.argmax(-1), known)


def share(counted: Hits, generator: np.random.Generator) -> Interval:
    """Their mean, over prompts."""
    return bootstrap(counted, np.ones(len(counted)), generator)


def majority(known: Prompts) -> float:
    """What the best single answer would reach."""
    _, times = np.unique(known.answers.cpu().numpy(), return_counts=True)
    return float(times.max() / times.sum())


__all__ = ["Hits", "chosen_on", "hits", "majority", "reported_on", "share", "top_hits"]
