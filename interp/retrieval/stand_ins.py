"""For a latent that begins somewhere, another of about the same density that has not begun there yet."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int64, Integer

from interp.errors import ShapeError
from interp.retrieval.passages import Passages
from interp.token_graph.occurrences import Occurrences

_DRAWS = 32
"""How often another latent is drawn where the one before was active already."""
STRATA = 5
"""Parts of the latents by where they fire, as many as leave each of them latents enough to draw from."""


class _Order(NamedTuple):
    """The alive latents by stratum, and within each by density."""

    latents: Int64[np.ndarray, " rank"]
    rank: Int64[np.ndarray, " latent"]
    begins: Int64[np.ndarray, " stratum"]


def stand_ins(
    occurrences: Occurrences,
    passages: Passages,
    events: Integer[np.ndarray, " origin"],
    origins: Bool[np.ndarray, " token"],
    generator: np.random.Generator,
    neighbours: int,
) -> tuple[Int64[np.ndarray, " origin"], Bool[np.ndarray, " origin"]]:
    """For each first event another latent, drawn from the nearest by density, that is not active up to there.

    It is of the same stratum by the share of its occurrences at the tokens `origins`: latents of function tokens, were
    they to stand in for those of content tokens, would fire at function tokens for no other reason.

    The first answer is the number of the first event of that latent in the passage, which comes later, and -1 for a
    latent that is never active in the passage; the second says for which origins such a latent was found at all.
    Raises `ShapeError` for fewer than two alive latents.
    """
    alive = int(occurrences.alive.sum())
    if alive < 2 or neighbours < 1:
        raise ShapeError(f"need 2 alive latents and 1 neighbour to draw from, not {alive} and {neighbours}")
    order = _order(occurrences, origins, max(1, min(STRATA, alive // (2 * neighbours))))
    own = order.rank[occurrences.latents[events]]
    rows = occurrences.rows.astype(np.int64)
    begun = np.flatnonzero(passages.first)
    count = int(passages.of_row[-1]) + 1
    keys = occurrences.latents[begun] * count + passages.of_row[rows[begun]]
    answer = np.full(len(events), -1, np.int64)
    found = np.zeros(len(events), np.bool_)
    left = np.arange(len(events))
    for _ in range(_DRAWS):
        drawn = order.latents[_near(own[left], neighbours, order.begins, alive, generator)]
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


def _order(occurrences: Occurrences, origins: Bool[np.ndarray, " token"], strata: int) -> _Order:
    """Strata of equal size, the latents that fire at origins least in the first."""
    latents = np.flatnonzero(occurrences.alive)
    inside = origins[occurrences.tokens[occurrences.rows]]
    at_origins = np.bincount(occurrences.latents, inside, occurrences.width)
    counts = occurrences.latent_counts[latents]
    place = np.empty(len(latents), np.int64)
    place[np.argsort(at_origins[latents] / counts, kind="stable")] = np.arange(len(latents))
    stratum = place * strata // len(latents)
    sorted_ = latents[np.lexsort((counts, stratum))]
    rank = np.zeros(occurrences.width, np.int64)
    rank[sorted_] = np.arange(len(sorted_))
    return _Order(sorted_, rank, np.searchsorted(np.sort(stratum), np.arange(strata)))


def _near(
    own: Int64[np.ndarray, " origin"],
    neighbours: int,
    begins: Int64[np.ndarray, " stratum"],
    count: int,
    generator: np.random.Generator,
) -> Int64[np.ndarray, " origin"]:
    """A rank other than its own in the same stratum, at most so many away; at an end as many from the other side."""
    ends = np.append(begins[1:], count)
    stratum = np.searchsorted(begins, own, side="right") - 1
    first, last = begins[stratum], ends[stratum]
    width = np.minimum(2 * neighbours + 1, last - first)
    low = np.clip(own - neighbours, first, last - width)
    drawn = low + generator.integers(width - 1)
    found: Int64[np.ndarray, " origin"] = drawn + (drawn >= own)
    return found


__all__ = ["STRATA", "stand_ins"]
