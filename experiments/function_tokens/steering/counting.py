"""Successes of continuations by document, and how far their shares may be trusted."""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from interp.errors import ShapeError
from interp.generation import repetition
from interp.stats import Interval, bootstrap


class Tally:
    """What became of some continuations, by the document that their prompt is of.

    An interval over documents takes topics, latents and draws as they are; `crossed` draws topics anew, too.
    """

    def __init__(self) -> None:
        self.counts: dict[int, Float64[np.ndarray, "3"]] = {}
        """Of each document: continuations with the topic, the sum of their commonest tokens' shares, continuations."""

    @classmethod
    def of(cls, tallies: Iterable["Tally"]) -> "Tally":
        """Several of them together: each continuation counts alike."""
        whole = cls()
        for tally in tallies:
            for document, counts in tally.counts.items():
                whole._add(document, counts)
        return whole

    def add(
        self,
        right: Bool[Tensor, " prompt"],
        documents: Int64[Tensor, " prompt"],
        repeated: Float64[Tensor, " prompt"],
    ) -> None:
        """The continuation of each prompt: whether it has the topic, and the share that its commonest token takes."""
        for document, one, share in zip(documents.tolist(), right.tolist(), repeated.tolist(), strict=True):
            self._add(document, np.array([one, share, 1.0]))

    def success(self, generator: np.random.Generator) -> Interval:
        """The share of continuations that have the topic, with its interval over documents."""
        return self._mean(0, generator)

    def repeated(self, generator: np.random.Generator) -> Interval:
        """The mean share of a continuation that is its commonest token, with its interval over documents."""
        return self._mean(1, generator)

    def told(self, generator: np.random.Generator) -> dict[str, Interval]:
        """What a record keeps of it."""
        return {"success": self.success(generator), "repeated": self.repeated(generator)}

    @property
    def share(self) -> float:
        """The share of continuations that have the topic. NaN where there are none."""
        right, _, total = sum(self.counts.values(), np.zeros(3))
        return float(right / total) if total else float("nan")

    def _add(self, document: int, counts: Float64[np.ndarray, "3"]) -> None:
        self.counts[document] = self.counts.get(document, np.zeros(3)) + counts

    def _mean(self, column: int, generator: np.random.Generator) -> Interval:
        counts = np.array([self.counts[document] for document in sorted(self.counts)]).reshape(-1, 3)
        return bootstrap(counts[:, column], counts[:, 2], generator)


def top_shares(texts: Int64[Tensor, "text token"]) -> Float64[Tensor, " text"]:
    """The share of each text that its commonest token takes."""
    return torch.tensor([repetition(text[None]).top_share for text in texts], dtype=torch.float64)


def crossed(
    tallies: Sequence[Tally],
    generator: np.random.Generator,
    less: Sequence[Tally] | None = None,
    *,
    level: float = 0.95,
    draws: int = 1000,
) -> Interval:
    """The share of successes over all `tallies`, less that over `less`; tallies and documents are both drawn anew.

    A tally is one topic's, or one latent's, and `less` holds what it is compared with, in the same order. Each draw
    weighs the prompts of topic t and document d by how often t and d were drawn (the pigeonhole bootstrap of Owen
    2007): so the interval is about other topics and other documents, while a topic that is easy to come by is easy
    on both sides of a difference. With one tally it is about documents alone. n counts documents. Raises `ShapeError`
    for no continuations and for sides of different lengths.
    """
    sides = [tallies] if less is None else [tallies, less]
    documents = sorted({document for side in sides for tally in side for document in tally.counts})
    if not documents or len({len(side) for side in sides}) > 1:
        raise ShapeError(f"need continuations on both sides, and as many tallies: {[len(side) for side in sides]}")
    once = [np.ones((1, count)) for count in (len(tallies), len(documents))]
    anew = [generator.multinomial(count, [1 / count] * count, size=draws) for count in (len(tallies), len(documents))]
    value, drawn = (_share(weights, sides[0], documents) for weights in (once, anew))
    if less is not None:
        value, drawn = value - _share(once, less, documents), drawn - _share(anew, less, documents)
    # A topic may have no prompt in any of the documents that were drawn.
    known = drawn[np.isfinite(drawn)]
    low, high = np.quantile(known if len(known) else value, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(value[0]), float(low), float(high), len(documents))


def _share(
    weights: Sequence[np.ndarray], side: Sequence[Tally], documents: Sequence[int]
) -> Float64[np.ndarray, " draw"]:
    """Successes by continuations when rows (tallies) and columns (documents) weigh so much; NaN for none."""
    nothing = np.zeros(3)
    counts = np.array([[tally.counts.get(document, nothing) for document in documents] for tally in side])
    right, total = (np.einsum("bt,bd,td->b", *weights, counts[..., column]) for column in (0, 2))
    shares: Float64[np.ndarray, " draw"] = np.divide(right, total, out=np.full(len(total), np.nan), where=total > 0)
    return shares


__all__ = ["Tally", "crossed", "top_shares"]
