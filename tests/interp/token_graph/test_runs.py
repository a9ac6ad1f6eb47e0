"""Runs against dictionaries: made, merged whole and in pieces."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interp.token_graph.runs import LARGEST, Run, joined, made, merged, merged_in_pieces

CELLS = st.lists(st.integers(0, 12), max_size=30)


def known(run: Run) -> list[tuple[int, ...]]:
    columns = [column.tolist() for column in run if column is not None]
    return list(zip(*columns, strict=True))


def expected(cells: list[int], positions: list[int], counts: bool, first: bool) -> list[tuple[int, ...]]:
    found = []
    for cell in sorted(set(cells)):
        at = [position for one, position in zip(cells, positions, strict=True) if one == cell]
        found.append((cell, *([len(at)] if counts else []), *([min(at)] if first else [])))
    return found


def run_of(cells: list[int], begin: int, counts: bool, first: bool) -> Run:
    positions = np.arange(begin, begin + len(cells))
    return made(np.array(cells, np.int64), counts, positions if first else None)


@settings(deadline=None, max_examples=50)
@given(
    parts=st.lists(CELLS, min_size=1, max_size=5), counts=st.booleans(), first=st.booleans(), piece=st.integers(1, 9)
)
def test_runs_hold_what_dictionaries_hold(parts: list[list[int]], counts: bool, first: bool, piece: int) -> None:
    begins = np.concatenate([[0], np.cumsum([len(part) for part in parts])]).tolist()
    runs = [run_of(part, begin, counts, first) for part, begin in zip(parts, begins, strict=False)]
    for run, part, begin in zip(runs, parts, begins, strict=False):
        assert known(run) == expected(part, list(range(begin, begin + len(part))), counts, first)
    every = [cell for part in parts for cell in part]
    truth = expected(every, list(range(len(every))), counts, first)
    assert known(merged(runs)) == truth
    assert known(merged(runs[::-1])) == truth
    if every:
        assert known(merged(runs, in_time=True)) == truth
        assert [row for one in merged_in_pieces(runs, piece, True) for row in known(one)] == truth
        pieces = list(merged_in_pieces(runs[::-1], piece))
        assert [row for one in pieces for row in known(one)] == truth
        assert known(joined(iter(pieces))) == truth


@pytest.mark.parametrize(
    ("sizes", "apart"), [([500] * 64, 0), ([30_000, *[32] * 63], 0), ([30_000, 4000, 1], 0), ([5000] * 6, 1)]
)
@pytest.mark.parametrize("piece", [200, 2000])
def test_pieces_are_neither_large_nor_many_whatever_the_runs(sizes: list[int], apart: int, piece: int) -> None:
    draw = np.random.default_rng(0)
    runs = [
        Run(np.sort(draw.choice(10**6, size, False)) + 10**6 * apart * place, None, None)
        for place, size in enumerate(sizes)
    ]
    pieces = list(merged_in_pieces(runs, piece))
    assert max(len(one.cells) for one in pieces) <= piece + len(runs)
    # Runs that lie one behind the other are read one by one, the first ones beside what would be taken of the others.
    assert len(pieces) < (len(runs) if apart else 4) * sum(sizes) // piece
    assert joined(iter(pieces)).cells.tolist() == merged(runs).cells.tolist()


@pytest.mark.parametrize("largest", [1, LARGEST - 1, 2**62])
def test_large_cells_are_sorted_as_small_ones_are(largest: int) -> None:
    cells = np.array([largest, 0, largest, 0, largest], np.int64)
    run = made(cells, True, np.arange(5))
    assert known(run) == [(0, 2, 1), (largest, 3, 0)]
    assert known(merged([run, run])) == [(0, 4, 1), (largest, 6, 0)]


def test_a_part_lies_in_the_same_memory() -> None:
    run = run_of([3, 1, 2, 1], 0, True, False)
    part = run.part(1, 3)
    assert (known(part), part.first) == ([(2, 1), (3, 1)], None)
    assert np.shares_memory(part.cells, run.cells)
