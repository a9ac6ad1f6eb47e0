"""Whether a text is of one kind or of another, by how likely two unigram models find its tokens."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from jaxtyping import Float64, Integer
from torch import Tensor

from interp.errors import ShapeError


class Accuracy(NamedTuple):
    """How often a scorer is right."""

    own: float
    """Share of texts of the trait that have it."""
    other: float
    """Share of other texts that have it not."""


@dataclass(frozen=True, eq=False)
class LikelihoodRatio:
    """The log-likelihood ratio of a text between the trait's tokens and others', in nats a token.

    Unigram models with add-one smoothing: tokens that both kinds have alike, as function tokens are, weigh nothing.
    """

    weights: Float64[Tensor, " token"]
    """ln P(token | trait) - ln P(token | other)."""
    threshold: float = 0.0
    """The ratio above which a text has the trait."""

    @classmethod
    def of(cls, trait: Integer[Tensor, " own"], other: Integer[Tensor, " other"], vocabulary: int) -> "LikelihoodRatio":
        """Count the tokens of texts of the trait, and of others. Raises `ShapeError` for none and for unknown ones."""
        for name, tokens in {"trait": trait, "others": other}.items():
            if not tokens.numel() or int(tokens.min()) < 0 or int(tokens.max()) >= vocabulary:
                raise ShapeError(f"the texts of the {name} must hold tokens, all of them from 0 to {vocabulary - 1}")
        logs = [_logs(tokens, vocabulary) for tokens in (trait, other)]
        return cls(logs[0] - logs[1])

    def ratios(self, texts: Integer[Tensor, "text token"]) -> Float64[Tensor, " text"]:
        """The mean over the tokens of each text."""
        if texts.ndim != 2 or not texts.numel():
            raise ShapeError(f"need texts [text, token] of at least one token, not {list(texts.shape)}")
        return self.weights[texts.long().cpu()].mean(1)

    def __call__(self, texts: Integer[Tensor, "text token"]) -> Float64[Tensor, " text"]:
        """How far each text lies above the threshold: above 0 it has the trait."""
        return self.ratios(texts) - self.threshold

    def halfway(self, trait: Integer[Tensor, "text token"], other: Integer[Tensor, "other token"]) -> "LikelihoodRatio":
        """The same with the threshold half-way between the mean ratios of texts of the trait and of others.

        The texts must be others than those that were counted, and as long as those to be judged.
        """
        return replace(self, threshold=float(self.ratios(trait).mean() + self.ratios(other).mean()) / 2)

    def accuracy(self, trait: Integer[Tensor, "text token"], other: Integer[Tensor, "other token"]) -> Accuracy:
        """How often texts of either side are judged right."""
        own, rest = (float((self(texts) > 0).double().mean()) for texts in (trait, other))
        return Accuracy(own, 1 - rest)


def _logs(tokens: Integer[Tensor, " occurrence"], vocabulary: int) -> Float64[Tensor, " token"]:
    counts = torch.bincount(tokens.long().cpu(), minlength=vocabulary).double() + 1
    return (counts / counts.sum()).log()


__all__ = ["Accuracy", "LikelihoodRatio"]
