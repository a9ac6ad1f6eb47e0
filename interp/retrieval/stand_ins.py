"""For a latent that begins somewhere, another of about the same density that has not begun there yet."""

import numpy as np
from jaxtyping import Bool, Int64, Integer

from interp.errors import ShapeError
from interp.retrieval.passages import Passages
from interp.token_graph.occurrences import Occurrences

_DRAWS = 32
"""How often another latent is drawn where the one before was active already."""


def stand_ins(
    occurrences: Occurrences,
    passages: Passages,
    events: Integer[np.ndarray, " origin"],
    generator: np.random.Generator,
    neighbours: int,
) -> tuple[Int64[np.ndarray, " origin"], Bool[np.ndarray, " origin"]]:
    """For each first event another latent, drawn from the nearest by density, that is not active up to there.

    The first answer is the number of the first event of that latent in the passage, which comes later, and -1 for a
    latent that is never active in the passage; the second says for which origins such a latent was found at all.
    Raises `ShapeError` for fewer than two alive latents.
    """
    alive = np.flatnonzero(occurrences.alive)
    if len(alive) < 2 or neighbours < 1:
        raise ShapeError(f"need 2 alive latents and 1 neighbour to draw from, not {len(alive)} and {neighbours}")
    order = alive[np.argsort(occurrences.latent_counts[alive], kind="stable")]
    rank = np.zeros(occurrences.width, np.int64)
    rank[order] = np.arange(len(order))
    own = rank[occurrences.latents[events]]
    rows = occurrences.rows.astype(np.int64)
    begun = np.flatnonzero(passages.first)
    count = int(passages.of_row[-1]) + 1
    keys = occurrences.latents[begun] * count + passages.of_row[rows[begun]]
    answer = np.full(len(events), -1, np.int64)
    found = np.zeros(len(events), np.bool_)
    left = np.arange(len(events))
    for _ in range(_DRAWS):
        drawn = order[_near(own[left], neighbours, len(order), generator)]
        asked = drawn * count + passages.of_row[rows[events[left]]]
        place = np.searchsorted(keys, asked).clip(max=len(keys) - 1)
        active = keys[place] == asked
        earlier = active & (rows[begun[place]] <= rows[events[left]])
        answer[left] = np.where(active & ~earlier, begun[place], -1)
        found[left] = ~earlier
        left = left[earlier]
        if not len(left):
            break
    return answer, found


def _near(
    own: Int64[np.ndarray, " origin"], neighbours: int, count: int, generator: np.random.Generator
) -> Int64[np.ndarray, " origin"]:
    """A rank other than its own, at most so many away; at the ends as many are taken from the other side."""
    width = min(2 * neighbours + 1, count)
    low = (own - neighbours).clip(0, count - width)
    drawn = low + generator.integers(width - 1, size=len(own))
    return drawn + (drawn >= own)


__all__ = ["stand_ins"]
