"""Rows and stretches of cells, put together in the order of tokens."""

import numpy as np
import pytest

from interp.token_graph.edges import assembled
from interp.token_graph.runs import Run

WIDTH, TOKENS = 5, 8


@pytest.mark.parametrize("kind", [np.int64, np.uint32])
@pytest.mark.parametrize("rows", [[], [0], [7], [3, 4], [0, 2, 7], list(range(8))])
@pytest.mark.parametrize("cuts", [[], [9], [1, 2, 3, 15], [0, 20]])
def test_edges_are_in_the_order_of_tokens(kind: type[np.integer], rows: list[int], cuts: list[int]) -> None:
    dense = np.random.default_rng(len(cuts)).random((TOKENS, WIDTH)) < 0.5
    dense[5] = False
    counts = np.arange(TOKENS * WIDTH)
    rare = np.array([token not in rows for token in range(TOKENS)])
    cells = np.flatnonzero((dense & rare[:, None]).ravel())
    pieces = [Run(part.astype(kind), counts[part], None) for part in np.split(cells, cuts)]
    of_rows = [Run(np.flatnonzero(dense[token]), counts[token * WIDTH :][:WIDTH][dense[token]], None) for token in rows]
    found = assembled(pieces, of_rows, rows, TOKENS, WIDTH)
    assert found.degrees.tolist() == dense.sum(1).tolist()
    assert found.latents.tolist() == np.nonzero(dense)[1].tolist()
    assert found.latents.dtype == np.int32
    assert found.counts is not None
    assert (found.counts.tolist(), found.first) == (np.flatnonzero(dense.ravel()).tolist(), None)
