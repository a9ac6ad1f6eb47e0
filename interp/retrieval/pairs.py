"""Places of two classes in pairs that stand close to each other: equally many, and at about the same positions."""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool
from torch import Tensor

from interp.errors import ShapeError
from interp.sequences import Sequences


class Pairs(NamedTuple):
    """Equal numbers of places in each sequence; no place is in both."""

    one: Bool[Tensor, "sequence position"]
    """Places with a token of the first class."""
    other: Bool[Tensor, "sequence position"]
    """Places with a token of the second."""
    offset: float
    """Mean position of the second less that of the first: about 0, or they do not stand alike."""

    @property
    def size(self) -> int:
        """How many pairs there are."""
        return int(self.one.sum())


def matched_pairs(
    sequences: Sequences,
    one: Bool[Tensor, " token"],
    other: Bool[Tensor, " token"],
    generator: np.random.Generator,
    *,
    share: float = 0.2,
    reach: int = 4,
) -> Pairs:
    """Random places of class `one`, each with the nearest free place of class `other` in its document.

    At most the share `share` of the places of a sequence that count are in class one; a place to which none is within
    `reach` positions is left out, and of two at the same distance either may be taken. The first and the last position
    of a sequence are in no pair: the first is apart from all others, and no later token is behind the last. Raises
    `ShapeError` for classes that share a token, other vocabularies than the tokens need, and when there is no pair.
    """
    if one.shape != other.shape or (one & other).any():
        raise ShapeError("the two classes must be masks of one vocabulary without a token in common")
    if not 0 < share <= 0.5 or reach < 1:
        raise ShapeError(f"need a share up to 0.5 and a reach of 1 or more, not {share} and {reach}")
    if int(sequences.tokens.max()) >= len(one):
        raise ShapeError(f"token {int(sequences.tokens.max())} is in no class: the masks are of {len(one)} tokens")
    usable = sequences.kept.clone()
    usable[:, [0, -1]] = False
    tokens = sequences.tokens.long()
    kinds = [(mask[tokens] & usable).numpy() for mask in (one, other)]
    documents = sequences.documents.numpy()
    found = np.zeros((2, *tokens.shape), np.bool_)
    for row in range(len(tokens)):
        limit = int(share * int(usable[row].sum()))
        for first, second in _pairs(kinds[0][row], kinds[1][row], documents[row], generator, reach, limit):
            found[0, row, first], found[1, row, second] = True, True
    if not found.any():
        raise ShapeError(f"no two places of the two classes stand within {reach} positions of each other")
    places = [np.nonzero(each)[1].mean() for each in found]
    return Pairs(torch.from_numpy(found[0]), torch.from_numpy(found[1]), float(places[1] - places[0]))


def _pairs(
    ones: np.ndarray, others: np.ndarray, documents: np.ndarray, generator: np.random.Generator, reach: int, limit: int
) -> list[tuple[int, int]]:
    """The pairs of one sequence."""
    free, found = others.copy(), list[tuple[int, int]]()
    for place in generator.permutation(np.flatnonzero(ones)).tolist():
        if len(found) >= limit:
            break
        low = max(0, place - reach)
        near = low + np.flatnonzero(free[low : place + reach + 1])
        near = near[documents[near] == documents[place]]
        if len(near):
            distance = np.abs(near - place)
            chosen = int(generator.choice(near[distance == distance.min()]))
            free[chosen] = False
            found.append((place, chosen))
    return found


__all__ = ["Pairs", "matched_pairs"]
