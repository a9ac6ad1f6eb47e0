"""From which class of token to which: the group that every prediction of a text belongs to."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Int64, Integer
from torch import Tensor

from interp.counts.numbers import require_ids
from interp.errors import ShapeError
from interp.sequences import Sequences
from interp.token_classes.classes import Classes


@dataclass(frozen=True, eq=False)
class Transitions:
    """The group of every prediction: the class of the token that is read and that of the one that comes next.

    Position p is the prediction of token p + 1 from the tokens up to p, as in `interp.surprisals.surprisals`.
    """

    groups: Int64[Tensor, "sequence predicted"]
    """current * number of next classes + next; -1 for a prediction that does not count."""
    documents: Integer[Tensor, "sequence predicted"]
    """The document that the predicted token belongs to."""
    current: tuple[str, ...]
    """Names of the classes of the token that is read."""
    following: tuple[str, ...]
    """Names of the classes of the token that comes next."""

    @classmethod
    def of(cls, sequences: Sequences, current: Classes, following: Classes | None = None) -> "Transitions":
        """The groups of some sequences; `following` are the classes of the next token, by default the same.

        A prediction counts when both tokens are kept, of one document, and in a class: none goes over a separator.
        Raises `ShapeError` for tokens outside the vocabulary, and for classes of two vocabularies.
        """
        following = current if following is None else following
        if current.vocabulary != following.vocabulary:
            raise ShapeError(f"classes of {current.vocabulary} and {following.vocabulary} tokens do not go together")
        require_ids(sequences.tokens, current.vocabulary)
        tokens = sequences.tokens.long().cpu()
        now, then = current.of[tokens[:, :-1]], following.of[tokens[:, 1:]]
        counts = predicted(sequences) & (now >= 0) & (then >= 0)
        groups = torch.where(counts, now * len(following.names) + then, -1)
        return cls(groups, sequences.documents[:, 1:].cpu(), current.names, following.names)

    def only(self, where: Bool[Tensor, "sequence predicted"]) -> "Transitions":
        """The same, but only predictions `where` it is true count: word-initial targets, say."""
        if where.shape != self.groups.shape:
            raise ShapeError(f"need one flag a prediction, {list(self.groups.shape)}, not {list(where.shape)}")
        return Transitions(torch.where(where, self.groups, -1), self.documents, self.current, self.following)

    @property
    def count(self) -> int:
        """Number of groups."""
        return len(self.current) * len(self.following)


def predicted(sequences: Sequences) -> Bool[Tensor, "sequence predicted"]:
    """Of every prediction, whether the token that is read and the next are both kept, and of one document."""
    kept, documents = sequences.kept.cpu(), sequences.documents.cpu()
    return kept[:, 1:] & kept[:, :-1] & (documents[:, 1:] == documents[:, :-1])


__all__ = ["Transitions", "predicted"]
