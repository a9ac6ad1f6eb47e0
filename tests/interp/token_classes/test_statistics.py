from collections import Counter
from pathlib import Path
from random import Random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from interp.errors import FileError, ShapeError
from interp.files import read_tensors, write_tensors
from interp.sequences import Sequences
from interp.text import Corpus, Document, train_bpe
from interp.token_classes import TokenStatistics, statistics

VOCABULARY = 7
TEXT = [[0, 0, 1], [1, 2], [0, 1, 1, 1]]
"""Three documents: 0 occurs 3 times in 2 of them, 1 five times in 3, 2 once in 1."""


def documents(text: list[list[int]] = TEXT) -> list[Tensor]:
    return [torch.tensor(ids, dtype=torch.int64) for ids in text]


def slow(text: list[list[int]], vocabulary: int) -> tuple[list[int], list[int], int]:
    occurrences, within = Counter[int](), Counter[int]()
    for ids in text:
        occurrences.update(ids)
        within.update(set(ids))
    every = range(vocabulary)
    return [occurrences[n] for n in every], [within[n] for n in every], sum(1 for ids in text if ids)


def numbers(found: TokenStatistics) -> tuple[list[int], list[int], int]:
    return found.occurrences.tolist(), found.documents.tolist(), found.document_count


def windows(text: list[list[int]], length: int) -> Sequences:
    """A text in windows, as `Corpus.sequences` cuts it, but with the last one filled up with what does not count."""
    ids = [token for one in text for token in one]
    number = [place for place, one in enumerate(text) for _ in one]
    missing = -len(ids) % length
    kept = torch.tensor([True] * len(ids) + [False] * missing).view(-1, length)
    tokens = torch.tensor(ids + [0] * missing).view(-1, length)
    return Sequences(
        tokens, torch.tensor(number + [999] * missing).view(-1, length), torch.zeros_like(tokens), kept, ""
    )


def test_tokens_and_their_documents_are_counted() -> None:
    found = TokenStatistics.of(documents(), VOCABULARY)
    assert numbers(found) == ([3, 5, 1, 0, 0, 0, 0], [2, 3, 1, 0, 0, 0, 0], 3)
    assert (found.tokens, found.vocabulary) == (9, 7)
    assert found.coverage[:4].tolist() == [2 / 3, 1, 1 / 3, 0]
    assert found.shares[:4].tolist() == [3 / 9, 5 / 9, 1 / 9, 0]
    assert found.order.tolist() == [1, 0, 2, 3, 4, 5, 6]


def test_equally_frequent_tokens_stand_in_the_order_of_their_ids() -> None:
    found = TokenStatistics.of(documents([[5, 3, 4, 4, 3, 5, 6]]), VOCABULARY)
    assert found.order.tolist() == [3, 4, 5, 6, 0, 1, 2]


TEXTS = st.lists(st.lists(st.integers(0, VOCABULARY - 1), min_size=1, max_size=9), min_size=1, max_size=9)


@settings(max_examples=50, deadline=None)
@given(TEXTS, st.integers(1, 6), st.integers(1, 4))
def test_documents_and_windows_and_parts_of_windows_give_the_same(
    text: list[list[int]], length: int, together: int
) -> None:
    expected = slow(text, VOCABULARY)
    assert numbers(TokenStatistics.of(documents(text), VOCABULARY)) == expected
    whole = windows(text, length)
    assert numbers(TokenStatistics.of(whole, VOCABULARY)) == expected
    parts = [whole.part(start, start + together) for start in range(0, len(whole), together)]
    assert numbers(TokenStatistics.of(iter(parts), VOCABULARY)) == expected


@settings(max_examples=30, deadline=None)
@given(TEXTS, st.randoms(use_true_random=False))
def test_windows_of_one_part_may_stand_in_any_order(text: list[list[int]], random: Random) -> None:
    whole = windows(text, 3)
    order = list(range(len(whole)))
    random.shuffle(order)
    mixed = Sequences(whole.tokens[order], whole.documents[order], whole.places[order], whole.kept[order], "mixed")
    assert numbers(TokenStatistics.of(mixed, VOCABULARY)) == slow(text, VOCABULARY)


@settings(max_examples=30, deadline=None)
@given(TEXTS, TEXTS)
def test_statistics_of_two_texts_add_up_to_those_of_both(one: list[list[int]], other: list[list[int]]) -> None:
    both = TokenStatistics.of(documents(one), VOCABULARY) + TokenStatistics.of(documents(other), VOCABULARY)
    assert numbers(both) == slow(one + other, VOCABULARY)


def test_a_document_over_many_parts_is_one_document() -> None:
    tokens = torch.tensor([[0, 1], [0, 2], [0, 1], [3, 0]])
    kept = torch.ones_like(tokens, dtype=torch.bool)
    whole = Sequences(tokens, torch.zeros_like(tokens), tokens, kept, "one long document")
    found = TokenStatistics.of([whole.part(n, n + 1) for n in range(4)], 4)
    assert numbers(found) == ([4, 2, 1, 1], [1, 1, 1, 1], 1)


def test_a_document_that_comes_back_is_refused_and_not_counted_twice() -> None:
    one, kept = torch.ones(1, 1, dtype=torch.int64), torch.ones(1, 1, dtype=torch.bool)
    parts = [Sequences(one, number * one, one, kept, "a part") for number in (4, 5, 4)]
    with pytest.raises(ShapeError, match="document 4 comes back after a part without it"):
        TokenStatistics.of(parts, VOCABULARY)


def test_many_small_documents_are_counted_as_few_large_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "TOGETHER", 3)
    assert numbers(TokenStatistics.of(documents(TEXT * 5), VOCABULARY)) == slow(TEXT * 5, VOCABULARY)


def test_documents_without_a_token_are_no_documents() -> None:
    assert numbers(TokenStatistics.of(documents([[], [1], []]), 2)) == ([0, 1], [0, 1], 1)


def test_separators_and_bos_of_a_corpus_are_not_counted() -> None:
    texts = [Document("a", "the cat"), Document("b", "the dog and the cat")]
    corpus = Corpus.of(texts, train_bpe([text for _, text in texts], 300), "two texts", quiet=True)
    found = TokenStatistics.of(corpus.sequences(2, bos=0), 300)
    assert found.occurrences[0] == 0
    assert found.document_count == 2
    assert torch.equal(found.occurrences, corpus.ids.long().bincount(minlength=300))


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    found = TokenStatistics.of(documents(), VOCABULARY)
    found.save(tmp_path / "statistics.safetensors")
    assert numbers(TokenStatistics.load(tmp_path / "statistics.safetensors")) == numbers(found)


def test_a_file_of_something_else_and_a_damaged_one_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "statistics.safetensors"
    with pytest.raises(FileError, match="cannot read"):
        TokenStatistics.load(path)
    write_tensors(path, {"occurrences": torch.ones(2)})
    with pytest.raises(FileError, match="holds no token statistics"):
        TokenStatistics.load(path)
    TokenStatistics.of(documents(), VOCABULARY).save(path)
    tensors, metadata = read_tensors(path)
    tensors["occurrences"][0] += 1
    write_tensors(path, tensors, metadata)
    with pytest.raises(FileError, match="it counts 10 tokens, and its header says 9"):
        TokenStatistics.load(path)


@pytest.mark.parametrize(
    ("text", "vocabulary", "says"),
    [
        (TEXT, 2, "must lie between 0 and 1"),
        ([[-1]], 3, "negative id"),
        ([], 3, "nothing to count"),
        (TEXT, 0, "at least 1 token"),
    ],
)
def test_bad_texts_are_refused(text: list[list[int]], vocabulary: int, says: str) -> None:
    with pytest.raises(ShapeError, match=says):
        TokenStatistics.of(documents(text), vocabulary)


def test_a_text_is_sequences_or_documents_and_a_document_one_row() -> None:
    with pytest.raises(ShapeError, match="sequences or documents"):
        TokenStatistics.of([torch.tensor([1]), windows(TEXT, 2)], VOCABULARY)


def test_vocabularies_of_two_sizes_do_not_add_up() -> None:
    with pytest.raises(ShapeError, match="vocabularies of 7 and 8"):
        TokenStatistics.of(documents(), 7) + TokenStatistics.of(documents(), 8)


@pytest.mark.parametrize(
    ("occurrences", "within", "count", "says"),
    [
        ([1, 2], [1], 1, "one number of occurrences"),
        ([1, 2], [1, 3], 3, "never in more than it occurs"),
        ([1, 2], [1, 2], 1, "at most all"),
        ([1, 0], [1, 1], 1, "never in more"),
        ([1, 2], [0, 1], 1, "at least 1 document"),
        ([1, 2], [1, 1], 3, "at least one each"),
        ([0, 0], [0, 0], 0, "nothing to count"),
    ],
)
def test_numbers_that_no_text_has_are_refused(
    occurrences: list[int], within: list[int], count: int, says: str, unchecked: None
) -> None:
    with pytest.raises(ShapeError, match=says):
        TokenStatistics(torch.tensor(occurrences), torch.tensor(within), count)
