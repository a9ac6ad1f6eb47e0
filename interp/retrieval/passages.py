"""The passages of a text: what a model read together of one document, and pairs of places in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Int64, Integer

from interp.token_classes.classes import Classes
from interp.token_graph.occurrences import Occurrences


@dataclass(frozen=True, eq=False)
class Passages:
    """Rows of occurrences by passage. A passage ends where the document changes or positions begin anew.

    Pairs of rows are told by the class of the later one, or as the last class where both have the same token, and by
    the band of their distance.
    """

    occurrences: Occurrences
    """In the order in which they were read, as `interp.token_graph.gathering.gathered` has them."""
    of_row: Int64[np.ndarray, " row"]
    """The passage of each row, ascending."""
    classes: Int64[np.ndarray, " row"]
    """The class of each row's token; -1 for one that does not count."""
    names: int
    """How many classes there are, without the last."""
    bands: Int64[np.ndarray, " band"]
    """The first distance of each band."""

    @classmethod
    def of(cls, occurrences: Occurrences, classes: Classes, bands: Sequence[int]) -> "Passages":
        """The passages of a text."""
        positions, documents = occurrences.positions, occurrences.documents
        new = np.append(False, (positions[1:] <= positions[:-1]) | (documents[1:] != documents[:-1]))
        return cls(
            occurrences, np.cumsum(new), classes.of.numpy()[occurrences.tokens], len(classes.names),
            np.asarray(bands, np.int64),
        )  # fmt: skip

    def __len__(self) -> int:
        """How many passages there are."""
        return int(self.of_row[-1]) + 1

    @cached_property
    def first(self) -> Bool[np.ndarray, " event"]:
        """Of each event, latent by latent, whether it is the first of its latent in its passage."""
        passages = self.of_row[self.occurrences.rows]
        found = np.append(True, passages[1:] != passages[:-1])
        starts = self.occurrences.starts[:-1]
        found[starts[starts < len(found)]] = True
        return found

    @cached_property
    def document(self) -> Int64[np.ndarray, " row"]:
        """The document of each row, numbered without gaps."""
        return np.unique(self.occurrences.documents, return_inverse=True)[1]

    @cached_property
    def begins(self) -> Int64[np.ndarray, " passage"]:
        """The first row of each passage."""
        return np.searchsorted(self.of_row, np.arange(len(self)))

    @cached_property
    def ends(self) -> Int64[np.ndarray, " passage"]:
        """The row behind the last of each passage."""
        return np.append(self.begins[1:], len(self.of_row))

    @cached_property
    def places(self) -> Int64[np.ndarray, " row"]:
        """How far each row is behind the first of its passage."""
        positions = self.occurrences.positions
        found: Int64[np.ndarray, " row"] = positions - positions[self.begins][self.of_row]
        return found

    def kinds(
        self, origins: Integer[np.ndarray, " pair"], later: Integer[np.ndarray, " pair"]
    ) -> Int64[np.ndarray, " pair"]:
        """The class and the band of each pair of rows in one number, as `counted` takes it; -1 for one of no class."""
        positions, tokens = self.occurrences.positions, self.occurrences.tokens
        names = np.where(tokens[origins] == tokens[later], self.names, self.classes[later])
        bands = np.searchsorted(self.bands, positions[later] - positions[origins], side="right") - 1
        return np.where(names < 0, -1, names * len(self.bands) + bands)

    def counted(
        self, rows: Integer[np.ndarray, " pair"], kinds: Integer[np.ndarray, " pair"]
    ) -> Int64[np.ndarray, "document class band"]:
        """How many pairs of each kind count for each document; `rows` say for which."""
        numbers = self.document[rows] * (self.shape[1] * self.shape[2]) + kinds
        return np.bincount(numbers, minlength=int(np.prod(self.shape))).reshape(self.shape)

    @cached_property
    def shape(self) -> tuple[int, int, int]:
        """How many documents, classes and bands there are, of classes one more for the same token."""
        return int(self.document.max()) + 1, self.names + 1, len(self.bands)


__all__ = ["Passages"]
