"""Which token each latent stands for: the commonest tokens, here and next, against all latents of one depth."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from interp.matching import Matches, match
from interp.sequences import Sequences

COMMON = 96
"""How many of the commonest tokens are labels, here and next each."""


class Labels(NamedTuple):
    """What may be true at a row."""

    names: list[str]
    """One a label."""
    values: Bool[Tensor, "row label"]
    """Whether it holds."""


def labels(fresh: Sequences, show: Callable[[int], str]) -> Labels:
    """ "this token is X" and "the next token is X" for the commonest tokens of the text."""
    tokens, following = fresh.tokens.long(), fresh.tokens.long().roll(-1, 1)
    following[:, -1] = -1  # nothing is known to come after a window
    here, after = tokens[fresh.kept], following[fresh.kept]
    common = torch.bincount(here).argsort(descending=True)[:COMMON]
    names = [f"{word} {show(int(token))!r}" for word in ("is", "next is") for token in common]
    return Labels(names, torch.cat([here[:, None] == common, after[:, None] == common], 1))


def labelled(
    latents: Float[Tensor, "row latent"],
    rows: Float[Tensor, "row width"],
    known: Labels,
    documents: Int64[Tensor, " row"],
    rng: np.random.Generator,
) -> tuple[Matches, dict[str, Any]]:
    """The best latent of every label by F1, chosen on one half of the documents and reported on the other.

    As it is, and the numbers of the labels that both halves have as plain JSON.
    """
    found = match(latents, known.values, documents, rng, activations=rows)
    defined = [number for number, latent in enumerate(found.best.latent.tolist()) if latent >= 0]
    rivals = found.shuffled if found.random is None else found.random
    return found, {
        "names": [known.names[number] for number in defined],
        "latent": found.best.latent[defined].tolist(),
        "f1": [found.intervals[number] for number in defined],
        "auroc": found.best.auroc[defined].tolist(),
        "shuffled": found.shuffled.f1[defined].tolist(),
        "random": rivals.f1[defined].tolist(),
        "always": found.always[defined].tolist(),
    }


__all__ = ["COMMON", "Labels", "labelled", "labels"]
