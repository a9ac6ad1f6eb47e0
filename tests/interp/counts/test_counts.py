"""Counts: merged, cut shorter, and written to a file that is whole or not there."""

import os
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from interp.counts.counter import Counter
from interp.counts.counts import FORMAT, Counts
from interp.errors import FileError, ShapeError
from interp.files import read_tensors, write_tensors
from tests.interp.counts.oracle import ROWS, VOCABULARY, counted, letters, number


def same(some: Counts, other: Counts) -> bool:
    kinds = [(one.vocabulary, one.order, one.separator, one.tokens) for one in (some, other)]
    return kinds[0] == kinds[1] and torch.equal(some.pairs, other.pairs) and torch.equal(some.counts, other.counts)


@settings(deadline=None, max_examples=30)
@given(texts=st.lists(ROWS.filter(lambda rows: len(rows[0]) > 1), min_size=1, max_size=4))
def test_texts_counted_apart_and_merged_are_counted_together(texts: list[list[list[int]]]) -> None:
    together, parts = Counter(VOCABULARY), []
    for rows in texts:
        together.add(torch.tensor(rows))
        parts.append(Counter(VOCABULARY).add(torch.tensor(rows)).counts())
    assert same(Counts.merged(parts), together.counts())
    assert same(sum(parts[1:], parts[0]), together.counts())


@settings(deadline=None, max_examples=30)
@given(rows=ROWS, order=st.integers(2, 3))
def test_shorter_counts_are_of_the_tokens_that_had_the_longer_context(rows: list[list[int]], order: int) -> None:
    truth: dict[int, int] = {}
    for ngram, count in counted(rows, order, None).items():
        truth[number(ngram[1:])] = truth.get(number(ngram[1:]), 0) + count
    if truth:
        found = Counter(VOCABULARY, order).add(torch.tensor(rows)).counts().shorter()
        assert dict(zip(found.pairs.tolist(), found.counts.tolist(), strict=True)) == truth
        assert found.order == order - 1


def test_only_counts_of_one_kind_can_be_merged() -> None:
    found = Counter(3).add(letters("ab")).counts()
    for other in (Counter(4), Counter(3, 1), Counter(3, separator=0)):
        with pytest.raises(ShapeError, match="only counts of one vocabulary, order and separator"):
            found + other.add(letters("ab")).counts()
    with pytest.raises(ShapeError, match="at least one"):
        Counts.merged([])
    with pytest.raises(ShapeError, match="shorter than unigrams"):
        Counter(3, 1).add(letters("ab")).counts().shorter()


@pytest.mark.parametrize(
    ("pairs", "counts", "message"),
    [
        ([1, 0], [1, 1], "ascend"),
        ([1, 1], [1, 1], "ascend"),
        ([-1, 1], [1, 1], "below vocabulary"),
        ([1, 9], [1, 1], "below vocabulary"),
        ([1, 2], [1, 0], "at least once"),
        ([1, 2], [1], "one count a pair"),
    ],
)
def test_what_are_no_counts_is_refused_in_memory_and_in_a_file(
    pairs: list[int], counts: list[int], message: str, tmp_path: Path
) -> None:
    tensors = {"pairs": torch.tensor(pairs), "counts": torch.tensor(counts)}
    if len(pairs) == len(counts):
        with pytest.raises(ShapeError, match=message):
            Counts(tensors["pairs"], tensors["counts"], 3, 2, None)
    metadata = {"format": FORMAT, "vocabulary": "3", "order": "2", "tokens": str(sum(counts))}
    write_tensors(tmp_path / "a", tensors, metadata)
    with pytest.raises(FileError, match=r"a is damaged: .*Delete it and count again"):
        Counts.load(tmp_path / "a")


@pytest.mark.parametrize("separator", [None, 0])
def test_a_file_gives_back_what_was_saved(separator: int | None, tmp_path: Path) -> None:
    found = Counter(3, 3, separator).add(letters("abcab", "bbbca")).counts()
    found.save(tmp_path / "new" / "counts.safetensors")
    assert same(Counts.load(str(tmp_path / "new" / "counts.safetensors")), found)


def test_a_file_that_is_missing_cut_or_of_something_else_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "counts"
    with pytest.raises(FileError, match="cannot read"):
        Counts.load(path)
    Counter(3).add(letters("abcab")).counts().save(path)
    whole = path.read_bytes()
    for length in (0, 5, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(FileError, match="cannot read"):
            Counts.load(path)
    write_tensors(path, {"pairs": torch.arange(3), "counts": torch.ones(3, dtype=torch.int64)})
    with pytest.raises(FileError, match="holds no counts"):
        Counts.load(path)


@pytest.mark.parametrize("change", [{"tokens": "7"}, {"order": "two"}, {"vocabulary": "1"}, {"order": "0"}])
def test_a_header_that_does_not_fit_is_damage(change: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "counts"
    Counter(3).add(letters("abcab")).counts().save(path)
    tensors, metadata = read_tensors(path)
    write_tensors(path, tensors, metadata | change)
    with pytest.raises(FileError, match="is damaged"):
        Counts.load(path)
    write_tensors(path, {name: tensor.int() for name, tensor in tensors.items()}, metadata)
    with pytest.raises(FileError, match="is damaged"):
        Counts.load(path)


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, old = tmp_path / "counts", Counter(3).add(letters("ab")).counts()
    old.save(path)

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(FileError, match="What was there before is unharmed"):
        Counter(3).add(letters("abc")).counts().save(path)
    assert same(Counts.load(path), old)
    assert [one.name for one in tmp_path.iterdir()] == ["counts"]
