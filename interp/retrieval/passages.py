"""The passages of a text: what a model read together of one document, and pairs of places in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Int64, Integer

from interp.token_classes.classes import Classes
from interp.token_graph.occurrences import Occurrences

_TOGETHER = 2**22
"""Numbers of a table [passage, place] that are looked at together."""


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

    def ends(self, events: Integer[np.ndarray, " event"]) -> Int64[np.ndarray, " event"]:
        """Of first events, where the events of this latent in this passage end."""
        begins = np.append(np.flatnonzero(self.first), len(self.first))
        return begins[np.searchsorted(begins, events, side="right")]

    def hits(
        self, origins: Integer[np.ndarray, " pair"], later: Integer[np.ndarray, " pair"]
    ) -> Int64[np.ndarray, "document class band"]:
        """How many pairs of rows there are of each kind."""
        positions, tokens = self.occurrences.positions, self.occurrences.tokens
        kinds = np.where(tokens[origins] == tokens[later], self.names, self.classes[later])
        bands = np.searchsorted(self.bands, positions[later] - positions[origins], side="right") - 1
        shape, kept = self._shape, kinds >= 0
        places = np.ravel_multi_index((self.document[later][kept], kinds[kept], bands[kept]), shape)
        return np.bincount(places, minlength=int(np.prod(shape))).reshape(shape)

    def trials(self, origins: Integer[np.ndarray, " origin"]) -> Int64[np.ndarray, "document class band"]:
        """How many later rows of each kind these rows have in their passages; a row may be there many times."""
        weights = np.bincount(origins, minlength=len(self.of_row))
        begins = np.flatnonzero(np.append(True, np.diff(self.of_row) > 0))
        places = self.occurrences.positions - self.occurrences.positions[begins][self.of_row]
        length = int(places.max()) + 1
        found = np.zeros(self._shape, np.int64)
        step = max(1, _TOGETHER // length)
        for low in range(0, len(begins), step):
            rows = slice(*np.searchsorted(self.of_row, [low, low + step]))
            at = (self.of_row[rows] - low, places[rows])
            size = (int(at[0].max()) + 1, length)
            tokens, kinds, origin = np.full(size, -1), np.full(size, -1), np.zeros(size, np.int64)
            tokens[at], kinds[at], origin[at] = self.occurrences.tokens[rows], self.classes[rows], weights[rows]
            documents = self.document[begins[low : low + step]]
            self._add_trials(found, documents, tokens, kinds, origin)
        return found

    def _add_trials(
        self,
        found: Int64[np.ndarray, "document class band"],
        documents: Int64[np.ndarray, " passage"],
        tokens: Int64[np.ndarray, "passage place"],
        kinds: Int64[np.ndarray, "passage place"],
        origin: Int64[np.ndarray, "passage place"],
    ) -> None:
        """All pairs of places, a distance at a time."""
        for distance in range(1, tokens.shape[1]):
            before, after = slice(None, -distance), slice(distance, None)
            band = int(np.searchsorted(self.bands, distance, side="right")) - 1
            kind = np.where(tokens[:, before] == tokens[:, after], self.names, kinds[:, after])
            kind[tokens[:, after] < 0] = -1
            for number in range(self.names + 1):
                counts = (origin[:, before] * (kind == number)).sum(1)
                np.add.at(found[:, number, band], documents, counts)

    @property
    def _shape(self) -> tuple[int, int, int]:
        return int(self.document.max()) + 1, self.names + 1, len(self.bands)


__all__ = ["Passages"]
