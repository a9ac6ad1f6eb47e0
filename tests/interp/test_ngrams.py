"""N-gram models, against hand-counted cases and a dictionary that looks at one token at a time."""

import math
from collections import Counter, defaultdict

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from interp.errors import ShapeError
from interp.ngrams import Ngrams


class Slow:
    """Witten-Bell from its definition, with dictionaries."""

    def __init__(self, rows: list[list[int]], vocabulary: int, order: int, separator: int | None):
        self.vocabulary, self.order, self.separator = vocabulary, order, separator
        self.after: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
        for row in rows:
            for place, token in enumerate(row):
                for length in range(order):
                    context = self.context(row, place, length)
                    if context is not None:
                        self.after[context][token] += 1

    def context(self, row: list[int], place: int, length: int) -> tuple[int, ...] | None:
        """The `length` tokens before `place`; None when the sequence or the document has fewer."""
        found = tuple(row[place - length : place]) if place >= length else None
        return None if found is None or self.separator in found[1:] else found

    def probability(self, context: tuple[int, ...], token: int) -> float:
        shorter = self.probability(context[1:], token) if context else 1 / self.vocabulary
        seen = self.after.get(context)
        if not seen:
            return shorter
        return (seen[token] + len(seen) * shorter) / (seen.total() + len(seen))

    def loss(self, row: list[int], place: int) -> float:
        lengths = [n for n in range(self.order) if self.context(row, place, n) is not None]
        context = self.context(row, place, max(lengths))
        assert context is not None
        return -math.log(self.probability(context, row[place]))


def rows(*texts: str) -> Tensor:
    """Letters as tokens: a = 0, b = 1 ..."""
    return torch.tensor([[ord(letter) - ord("a") for letter in text] for text in texts])


ROWS = st.integers(2, 9).flatmap(
    lambda length: st.lists(st.lists(st.integers(0, 3), min_size=length, max_size=length), min_size=1, max_size=4)
)


@settings(deadline=None, max_examples=60)
@given(counted=ROWS, read=ROWS, order=st.integers(1, 4), separator=st.sampled_from([None, 0, 9]))
def test_losses_are_those_of_the_definition(
    counted: list[list[int]], read: list[list[int]], order: int, separator: int | None
) -> None:
    fast = Ngrams.count(torch.tensor(counted), 5, order=order, separator=separator)
    for lower in range(1, order + 1):
        slow = Slow(counted, 5, lower, separator)
        truth = [[slow.loss(row, place) for place in range(1, len(row))] for row in read]
        torch.testing.assert_close(fast.losses(torch.tensor(read), lower), torch.tensor(truth, dtype=torch.float64))


def test_two_letters_counted_by_hand() -> None:
    found = Ngrams.count(rows("abab"), vocabulary=4)
    # Unigrams: a and b twice each, 2 kinds, uniform 1/4 below: (2 + 2/4) / (4 + 2).
    single = 2.5 / 6
    # After a: b twice, one kind. After b: a once, one kind. After ab: a once.
    pair_b, pair_a = (2 + single) / 3, (1 + single) / 2
    triple_a = (1 + pair_a) / 2
    expected = -torch.tensor([pair_b, triple_a], dtype=torch.float64).log()[None]
    torch.testing.assert_close(found.losses(rows("aba")), expected)
    assert found.loss(rows("aba"), order=1) == pytest.approx(-math.log(single))
    assert found.unigrams().tolist() == pytest.approx([single, single, 0.5 / 6, 0.5 / 6])


def test_an_unseen_context_leaves_the_word_to_the_shorter_one() -> None:
    found = Ngrams.count(rows("abab"), vocabulary=4)
    assert found.losses(rows("ca"), 2).item() == pytest.approx(-math.log(2.5 / 6))
    # The last letter of what was counted has nothing after it, so as a context it was not seen either.
    last = Ngrams.count(rows("abc"), vocabulary=4)
    assert last.losses(rows("ca"), 2).item() == last.losses(rows("ca"), 1).item()


def test_one_letter_only_is_still_no_certainty() -> None:
    found = Ngrams.count(rows("aaaa"), vocabulary=2)
    single = (4 + 1 / 2) / 5
    assert found.unigrams().tolist() == pytest.approx([single, 1 - single])
    assert found.bigrams()[0, 0].item() == pytest.approx((3 + single) / 4)
    assert Ngrams.count(rows("aaaa"), vocabulary=1).loss(rows("aa")) == 0.0


def test_no_context_crosses_a_separator_or_the_end_of_a_sequence() -> None:
    joined = Ngrams.count(rows("abcab"), vocabulary=3, separator=2)
    assert joined.levels[2].contexts.tolist() == [0 * 3 + 1, 2 * 3 + 0], "ab and ca, but not bc"
    assert joined.levels[1].contexts.tolist() == [0, 1, 2], "c is a context, and is predicted from b"
    apart = Ngrams.count(rows("ab", "ca"), vocabulary=3)
    assert apart.levels[1].pairs.tolist() == [0 * 3 + 1, 2 * 3 + 0], "ab and ca, but not bc"
    assert len(apart.levels[2].pairs) == 0


def test_a_single_sequence_of_one_token_has_unigrams() -> None:
    found = Ngrams.count(rows("b"), vocabulary=2)
    assert found.order == 3
    assert found.loss(rows("bb")) == pytest.approx(-math.log((1 + 0.5) / 2))


@settings(deadline=None, max_examples=30)
@given(counted=ROWS, separator=st.sampled_from([None, 0]))
def test_the_rows_are_the_same_probabilities_and_sum_to_one(counted: list[list[int]], separator: int | None) -> None:
    found = Ngrams.count(torch.tensor(counted), 5, separator=separator)
    table = found.bigrams()
    assert table.shape == (5, 5)
    assert table.dtype == torch.float32
    torch.testing.assert_close(table.sum(1), torch.ones(5))
    torch.testing.assert_close(found.unigrams().sum(), torch.tensor(1.0))
    for first in range(5):
        read = torch.tensor([[first, second] for second in range(5)])
        torch.testing.assert_close(-table[first].log(), found.losses(read, 2)[:, 0].float())
    wanted = torch.tensor([4, 1, 1, 0])
    assert torch.equal(found.bigrams(wanted), table[wanted])


@settings(deadline=None, max_examples=30)
@given(counted=ROWS, context=st.lists(st.integers(0, 4), min_size=2, max_size=2))
def test_the_probabilities_of_every_trigram_context_sum_to_one(counted: list[list[int]], context: list[int]) -> None:
    found = Ngrams.count(torch.tensor(counted), 5)
    read = torch.tensor([[*context, token] for token in range(5)])
    assert (-found.losses(read)[:, 1]).exp().sum().item() == pytest.approx(1)


def test_narrow_ids_count_as_wide_ones_do() -> None:
    wide = torch.randint(0, 3000, (2, 400), generator=torch.Generator().manual_seed(0))
    counts = [Ngrams.count(wide.to(kind), 4096).loss(wide.to(kind)) for kind in (torch.int64, torch.int32, torch.int16)]
    assert counts[0] == counts[1] == counts[2]


def test_what_cannot_be_counted_or_read_is_a_clear_error() -> None:
    with pytest.raises(ShapeError, match="nothing to count"):
        Ngrams.count(torch.zeros(0, 4, dtype=torch.long), 3)
    with pytest.raises(ShapeError, match="between 0 and 1, not 0 and 2"):
        Ngrams.count(rows("abc"), 2)
    with pytest.raises(ShapeError, match=r"below 2 \*\* 63"):
        Ngrams.count(rows("abc"), 100_000, order=4)
    with pytest.raises(ShapeError, match="order of at least 1"):
        Ngrams.count(rows("abc"), 3, order=0)
    found = Ngrams.count(rows("abc"), 3, order=1)
    with pytest.raises(ShapeError, match="up to order 1"):
        found.bigrams()
    with pytest.raises(ShapeError, match="up to order 1"):
        found.losses(rows("ab"), 2)
    with pytest.raises(ShapeError, match="at least 2 tokens"):
        found.losses(rows("a"))
    with pytest.raises(ShapeError, match="between 0 and 2"):
        found.losses(rows("ad"))
