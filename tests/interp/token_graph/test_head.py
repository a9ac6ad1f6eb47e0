"""Rows of frequent tokens, against sets."""

import numpy as np
import pytest

from interp.token_graph.head import Head

WIDTHS = [8, 5, 13]
"""Rows that begin within a byte of bits, and rows that do not."""


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("counts", [False, True])
@pytest.mark.parametrize("first", [False, True])
def test_rows_hold_what_came(width: int, counts: bool, first: bool) -> None:
    draw = np.random.default_rng(width)
    head = Head(3, width, counts, first)
    rows, latents, positions = draw.integers(0, 3, 40), draw.integers(0, width, 40), np.sort(draw.integers(0, 99, 40))
    for part in (slice(0, 15), slice(15, 40)):
        head.add(rows[part] * width + latents[part], positions[part])
        head.rest()
    for row in range(3):
        at = {latent: positions[(rows == row) & (latents == latent)] for latent in latents[rows == row].tolist()}
        found = head.run(row)
        assert found.cells.tolist() == sorted(at)
        assert found.counts is None or found.counts.tolist() == [len(at[latent]) for latent in sorted(at)]
        assert found.first is None or found.first.tolist() == [at[latent].min() for latent in sorted(at)]
        assert (found.counts is not None, found.first is not None) == (counts, first)


def packed(head: Head) -> int | None:
    return None if head._packed is None else head._packed.nbytes


def test_a_rest_takes_a_bit_a_cell_until_the_next_event() -> None:
    head = Head(3, 16, False, False)
    head.add(np.array([0, 17]), None)
    head.rest()
    head.rest()
    assert (head._seen is None, packed(head)) == (True, 6)
    assert [head.run(row).cells.tolist() for row in range(3)] == [[0], [1], []]
    head.add(np.array([47]), None)
    assert packed(head) is None
    assert [head.run(row).cells.tolist() for row in range(3)] == [[0], [1], [15]]
