"""Runs of counted numbers, against a dictionary."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interp.counts.runs import Run, counted, merged, merged_in_pieces, summed

NUMBERS = st.lists(st.integers(0, 12), max_size=30)


def entries(run: Run) -> list[tuple[int, int]]:
    assert run.pairs.dtype == run.counts.dtype == np.int64
    return list(zip(run.pairs.tolist(), run.counts.tolist(), strict=True))


@settings(deadline=None, max_examples=60)
@given(several=st.lists(NUMBERS, max_size=5), piece=st.integers(1, 40), kind=st.sampled_from([np.uint32, np.int64]))
def test_runs_merged_at_once_or_in_pieces_count_all_their_numbers(
    several: list[list[int]], piece: int, kind: type[np.generic]
) -> None:
    runs = [counted(np.array(numbers, dtype=kind)) for numbers in several]
    truth = sorted(Counter(number for numbers in several for number in numbers).items())
    assert entries(merged(runs)) == truth
    pieces = list(merged_in_pieces(runs, piece))
    assert [entry for part in pieces for entry in entries(part)] == truth
    most = max(piece, len(runs))
    assert all(len(part.pairs) <= most for part in pieces)


def test_counts_are_added_where_a_number_comes_again() -> None:
    pairs, counts = np.array([7, 2, 7, 2**62]), np.array([5, 1, 2**40, 3])
    assert entries(summed(pairs, counts)) == [(2, 1), (7, 2**40 + 5), (2**62, 3)]
    assert entries(summed(pairs[:0], counts[:0])) == []


@pytest.mark.parametrize("lengths", [(10, 0, 3), (0, 0), (1,), ()])
def test_runs_may_be_of_any_length(lengths: tuple[int, ...]) -> None:
    runs = [counted(np.arange(length, dtype=np.int64)) for length in lengths]
    truth = sorted(Counter(i for length in lengths for i in range(length)).items())
    assert entries(merged(runs)) == truth
    assert [entry for part in merged_in_pieces(runs, 2) for entry in entries(part)] == truth
