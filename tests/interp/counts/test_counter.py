"""Counting, against a dictionary that looks at one token at a time, with any budget of memory."""

import errno
import gc
import os
import tracemalloc
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from interp.counts.counter import Counter
from interp.counts.counts import Counts
from interp.errors import FileError, ShapeError
from tests.interp.counts.oracle import ROWS, VOCABULARY, counted, letters, number


def as_dict(counts: Counts) -> dict[int, int]:
    return dict(zip(counts.pairs.tolist(), counts.counts.tolist(), strict=True))


@settings(deadline=None, max_examples=60)
@given(
    texts=st.lists(ROWS, min_size=1, max_size=5),
    order=st.integers(1, 4),
    separator=st.sampled_from([None, 0]),
    budget=st.sampled_from([2, 3, 8, 20, 2**26]),
)
def test_counts_are_those_of_the_definition_whatever_fits_into_memory(
    texts: list[list[list[int]]], order: int, separator: int | None, budget: int
) -> None:
    counter = Counter(VOCABULARY, order, separator, budget=budget)
    for rows in texts:
        counter.add(torch.tensor(rows))
    truth = counted([row for rows in texts for row in rows], order, separator)
    if not truth:
        with pytest.raises(ShapeError, match="nothing to count"):
            counter.counts()
        return
    found = counter.counts()
    assert as_dict(found) == {number(ngram): count for ngram, count in truth.items()}
    assert found.pairs.tolist() == sorted(found.pairs.tolist())
    assert found.tokens == sum(truth.values())
    assert (found.vocabulary, found.order, found.separator) == (VOCABULARY, order, separator)


def test_pairs_counted_by_hand() -> None:
    found = Counter(3).add(letters("abab", "caaa")).counts()
    assert as_dict(found) == {0: 2, 1: 2, 3: 1, 6: 1}, "aa, ab, ba, ca"
    assert found.tokens == 6


def test_no_ngram_crosses_a_sequence_and_no_context_a_separator() -> None:
    assert as_dict(Counter(3).add(letters("ab", "ca")).counts()) == {1: 1, 6: 1}, "ab and ca, but not bc"
    joined = Counter(3, order=3, separator=2).add(letters("abcab")).counts()
    assert as_dict(joined) == {number((0, 1, 2), 3): 1, number((2, 0, 1), 3): 1}, "abc and cab, but not bca"
    pairs = Counter(3, order=2, separator=2).add(letters("abcab")).counts()
    assert as_dict(pairs) == {1: 2, 5: 1, 6: 1}, "c is context, and is predicted from b"


def test_more_may_be_added_after_asking() -> None:
    counter = Counter(3, budget=4).add(letters("abab"))
    first = counter.counts()
    assert as_dict(counter.add(letters("aab")).counts()) == {0: 1, 1: 3, 3: 1}
    assert as_dict(first) == {1: 2, 3: 1}
    assert as_dict(counter.counts()) == {0: 1, 1: 3, 3: 1}


@pytest.mark.parametrize("kind", [torch.int64, torch.int32, torch.int16, torch.uint8, torch.uint16])
def test_narrow_ids_count_as_wide_ones_do(kind: torch.dtype) -> None:
    wide = torch.randint(0, 250, (3, 100), generator=torch.Generator().manual_seed(0))
    found, truth = Counter(4096).add(wide.to(kind)).counts(), Counter(4096).add(wide).counts()
    assert torch.equal(found.pairs, truth.pairs)
    assert torch.equal(found.counts, truth.counts)


@pytest.mark.parametrize(("vocabulary", "order"), [(2**16, 2), (2**16 + 1, 2), (2**21 - 1, 3), (2**31, 2), (2**40, 1)])
def test_the_largest_numbers_have_room(vocabulary: int, order: int) -> None:
    highest = Counter(vocabulary, order).add(torch.full((1, order), vocabulary - 1)).counts()
    assert highest.pairs.tolist() == [vocabulary**order - 1]


@pytest.mark.parametrize("shape", [(1, 3000), (3000, 1), (300, 10), (10, 300)])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_long_streams_and_many_sequences_are_cut_into_pieces_that_lose_nothing(
    shape: tuple[int, int], order: int
) -> None:
    tokens = torch.randint(0, 4, shape, generator=torch.Generator().manual_seed(1))
    truth = counted(tokens.tolist(), order, None)
    counter = Counter(4, order, budget=100).add(tokens)
    if not truth:
        with pytest.raises(ShapeError, match="nothing to count"):
            counter.counts()
        return
    found = counter.counts()
    assert as_dict(found) == {number(ngram, 4): count for ngram, count in truth.items()}


def spread(count: int, vocabulary: int = 200) -> Tensor:
    """Tokens of which hardly a pair is like another."""
    return torch.randint(0, vocabulary, (count, 11), generator=torch.Generator().manual_seed(count))


def test_memory_holds_no_more_than_the_budget_and_the_disk_has_the_rest(tmp_path: Path) -> None:
    counter = Counter(200, folder=tmp_path, budget=500)
    for step in range(30):
        counter.add(spread(20 + step))
        assert counter._held() <= 250
    (folder,) = tmp_path.iterdir()
    assert len(list(folder.iterdir())) == len(counter._spill) > 10
    found = counter.counts()
    truth = Counter(200)
    for step in range(30):
        truth.add(spread(20 + step))
    assert as_dict(found) == as_dict(truth.counts())
    del counter
    gc.collect()
    assert list(tmp_path.iterdir()) == [], "the folder goes with the counter"
    assert found.tokens == sum(10 * (20 + step) for step in range(30)), "and the counts stay"


def test_a_text_of_many_times_the_budget_is_counted_in_little_more_than_it(tmp_path: Path) -> None:
    tokens = torch.randint(0, 5000, (600, 501), generator=torch.Generator().manual_seed(0))
    counter, budget = Counter(5000, folder=tmp_path, budget=2**13), 16 * 2**13
    Counter(5000, folder=tmp_path, budget=16).add(tokens[:1]).counts()  # what is imported late is no part of it
    tracemalloc.start()
    try:
        for begin in range(0, 600, 2):
            counter.add(tokens[begin : begin + 2])
        assert tracemalloc.get_traced_memory()[1] < 1.5 * budget
        tracemalloc.reset_peak()
        found = counter.counts()
        # The result itself, and half of it again while it is put together.
        assert tracemalloc.get_traced_memory()[1] < 1.5 * 16 * len(found) + 1.5 * budget
    finally:
        tracemalloc.stop()
    assert 16 * len(found) > 30 * budget
    assert found.tokens == 300_000


def test_text_that_repeats_itself_needs_no_disk(tmp_path: Path) -> None:
    counter = Counter(4, folder=tmp_path, budget=100)
    for _ in range(50):
        counter.add(letters("abcdabcd", "ddccbbaa"))
    assert len(counter._spill) == 0
    assert counter.counts().tokens == 50 * 14


@pytest.mark.parametrize("failing", range(4))
def test_when_the_disk_is_full_nothing_is_lost_and_the_call_may_be_made_again(
    failing: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = Counter(200, folder=tmp_path, budget=200).add(spread(5)).add(spread(6))
    before = as_dict(counter.counts())
    calls = 0

    def fsync(_: int) -> None:
        nonlocal calls
        calls += 1
        if calls > failing:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(FileError, match="No space left"):
        counter.add(spread(70))
    monkeypatch.undo()
    assert as_dict(counter.counts()) == before
    (folder,) = tmp_path.iterdir()
    assert len(list(folder.iterdir())) == len(counter._spill), "no part of a run stays"
    truth = Counter(200).add(spread(5)).add(spread(6)).add(spread(70))
    assert as_dict(counter.add(spread(70)).counts()) == as_dict(truth.counts())


def test_a_folder_that_cannot_be_written_is_known_before_anything_is_counted(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="give Counter another folder"):
        Counter(10, folder=tmp_path / "file")
    with pytest.raises(FileError, match="give Counter another folder"):
        Counter(10, folder=tmp_path / "file" / "inside")
    Counter(10, folder=tmp_path / "new" / "inside")
    assert (tmp_path / "new" / "inside").is_dir()


def test_what_cannot_be_counted_is_a_clear_error() -> None:
    with pytest.raises(ShapeError, match="order of at least 1"):
        Counter(10, order=0)
    with pytest.raises(ShapeError, match=r"below 2 \*\* 63"):
        Counter(100_000, order=4)
    with pytest.raises(ShapeError, match="separator 10 is no token of a vocabulary of 10"):
        Counter(10, separator=10)
    with pytest.raises(ShapeError, match="budget of at least 2"):
        Counter(10, budget=1)
    with pytest.raises(ShapeError, match="nothing to count: no sequence of at least 2 tokens"):
        Counter(10).counts()
    with pytest.raises(ShapeError, match="nothing to count"):
        Counter(10).add(torch.zeros(0, 4, dtype=torch.long)).counts()
    with pytest.raises(ShapeError, match="nothing to count"):
        Counter(10).add(torch.zeros(3, 0, dtype=torch.long)).counts()
    with pytest.raises(ShapeError, match="nothing to count"):
        Counter(10).add(torch.zeros(1, 1, dtype=torch.long)).counts()


def test_ids_of_another_vocabulary_are_named_and_nothing_of_them_is_counted() -> None:
    counter = Counter(4).add(letters("ab"))
    with pytest.raises(
        ShapeError, match=r"between 0 and 3, not 0 and 6. The tokenizer is larger.*vocabulary=7 or more"
    ):
        counter.add(letters("abg"))
    with pytest.raises(ShapeError, match=r"not -100 and 1. A negative id is no token"):
        counter.add(torch.tensor([[1, -100]]))
    assert counter.counts().tokens == 1


def test_numbers_stay_exact_in_both_widths() -> None:
    tokens = torch.randint(0, 60, (4, 50), generator=torch.Generator().manual_seed(0))
    narrow, wide = Counter(2**16).add(tokens).counts(), Counter(2**17).add(tokens).counts()
    assert torch.equal(narrow.pairs, wide.pairs // 2**17 * 2**16 + wide.pairs % 2**17)
    assert torch.equal(narrow.counts, wide.counts)
