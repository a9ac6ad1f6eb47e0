"""Conditional probabilities, against a dictionary, and by hand where nothing was seen."""

import math
from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from interp.counts.conditional import Conditional
from interp.counts.counter import Counter
from interp.counts.counts import Counts
from interp.errors import ShapeError
from tests.interp.counts.oracle import ROWS, VOCABULARY, counted, letters, number


class Slow:
    """P(token | context) from a dictionary, with the paper's way back to shorter contexts if asked."""

    def __init__(self, rows: list[list[int]], order: int, separator: int | None, backoff: bool):
        self.ngrams, self.order = counted(rows, order, separator), order
        self.separator, self.backoff = separator, backoff

    def total(self, context: tuple[int, ...]) -> int:
        """How often anything followed whatever ends in `context`."""
        return sum(n for ngram, n in self.ngrams.items() if ngram[:-1][self.order - 1 - len(context) :] == context)

    def probability(self, context: tuple[int, ...], token: int) -> float:
        if self.total(context):
            ends = (*context, token)
            return sum(n for gram, n in self.ngrams.items() if gram[-len(ends) :] == ends) / self.total(context)
        if not self.backoff:
            return math.nan
        return self.probability(context[1:], token) if context else 1 / VOCABULARY

    def surprisal(self, row: list[int], place: int) -> float:
        length = self.order - 1
        while place < length or self.separator in row[place - length + 1 : place]:
            length -= 1
        if length < self.order - 1 and not self.backoff:
            return math.nan
        probability = self.probability(tuple(row[place - length : place]), row[place])
        return math.inf if probability == 0 else -math.log(probability)


def numbers(values: list[list[float]]) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


@settings(deadline=None, max_examples=80)
@given(
    text=ROWS,
    read=ROWS.filter(lambda rows: len(rows[0]) > 1),
    order=st.integers(1, 3),
    separator=st.sampled_from([None, 0]),
    backoff=st.booleans(),
)
def test_surprisals_are_those_of_the_definition_and_what_is_unseen_is_counted(
    text: list[list[int]], read: list[list[int]], order: int, separator: int | None, backoff: bool
) -> None:
    slow = Slow(text, order, separator, backoff)
    if not slow.ngrams:
        return
    fast = Conditional(Counter(VOCABULARY, order, separator).add(torch.tensor(text)).counts(), backoff=backoff)
    truth = numbers([[slow.surprisal(row, place) for place in range(1, len(row))] for row in read])
    found = fast.surprisals(torch.tensor(read))
    torch.testing.assert_close(found.values, truth, equal_nan=True)
    assert found.unseen_pairs == int(truth.isposinf().sum())
    whole = Slow(text, order, separator, backoff=False)
    left = numbers([[whole.surprisal(row, place) for place in range(1, len(row))] for row in read])
    assert found.unseen_contexts == int(left.isnan().sum())


@settings(deadline=None, max_examples=40)
@given(text=ROWS, order=st.integers(1, 3), backoff=st.booleans())
def test_rows_and_single_probabilities_are_those_of_the_definition(
    text: list[list[int]], order: int, backoff: bool
) -> None:
    slow = Slow(text, order, None, backoff)
    if not slow.ngrams:
        return
    fast = Conditional(Counter(VOCABULARY, order).add(torch.tensor(text)).counts(), backoff=backoff)
    names = list(product(range(VOCABULARY), repeat=order - 1))
    contexts = torch.tensor([number(name) for name in names])
    truth = numbers([[slow.probability(name, token) for token in range(VOCABULARY)] for name in names])
    tokens = torch.arange(VOCABULARY).expand(len(contexts), -1)
    found = fast.log_probs(contexts[:, None].expand_as(tokens), tokens)
    torch.testing.assert_close(found.exp(), truth, equal_nan=True)
    rows = fast.rows(contexts)
    dense = torch.zeros(len(contexts), VOCABULARY, dtype=torch.float64)
    dense[torch.arange(len(contexts)).repeat_interleave(rows.crow.diff()), rows.columns] = rows.probabilities
    torch.testing.assert_close(dense, truth.nan_to_num(0))
    assert fast.totals(contexts).tolist() == [slow.total(name) for name in names]
    assert torch.equal(fast.seen(contexts), fast.totals(contexts) > 0)
    for index in range(len(contexts)):
        columns, probabilities = fast.row(int(contexts[index]))
        assert torch.equal(columns, rows.columns[rows.crow[index] : rows.crow[index + 1]])
        assert torch.equal(probabilities, rows.probabilities[rows.crow[index] : rows.crow[index + 1]])
        assert columns.tolist() == sorted(columns.tolist())


def test_a_text_counted_by_hand() -> None:
    found = Conditional(Counter(4).add(letters("aababca")).counts())
    # After a: a once, b twice. After b: a and c once each. After c: a once.
    tokens, probabilities = found.row(0)
    assert tokens.tolist() == [0, 1]
    assert probabilities.tolist() == pytest.approx([1 / 3, 2 / 3])
    assert found.log_probs(torch.tensor([0, 1, 2, 2, 3]), torch.tensor([1, 2, 0, 1, 0])).tolist() == pytest.approx(
        [math.log(2 / 3), math.log(1 / 2), 0.0, -math.inf, math.nan], nan_ok=True
    )
    entropy_a = math.log(3) - 2 / 3 * math.log(2)
    assert found.entropy() == pytest.approx((3 * entropy_a + 2 * math.log(2)) / 6)
    read = found.surprisals(letters("abcbda"))
    assert read.values.tolist() == [
        pytest.approx([-math.log(2 / 3), math.log(2), math.inf, math.inf, math.nan], nan_ok=True)
    ]
    assert (read.unseen_pairs, read.unseen_contexts) == (2, 1)


def test_an_unseen_context_is_left_to_the_unigrams_only_if_asked() -> None:
    counts = Counter(4).add(letters("aababca")).counts()
    read = Conditional(counts, backoff=True).surprisals(letters("da", "dd"))
    # Of the six tokens with one before them, three are a; d was never seen at all.
    assert read.values.tolist() == [[pytest.approx(math.log(2))], [math.inf]]
    assert (read.unseen_pairs, read.unseen_contexts) == (1, 2)
    assert Conditional(counts, backoff=True).row(3)[0].tolist() == [0, 1, 2]
    assert Conditional(counts).row(3)[0].tolist() == []


@pytest.mark.parametrize("order", [1, 2, 3])
def test_where_nothing_was_counted_the_end_of_the_way_back_is_the_uniform_distribution(order: int) -> None:
    none = torch.zeros(0, dtype=torch.int64)
    counts = Counts(none, none, 4, order, None)
    read = Conditional(counts, backoff=True).surprisals(letters("abc"))
    assert read.values.tolist() == [pytest.approx([math.log(4), math.log(4)])]
    assert (read.unseen_pairs, read.unseen_contexts) == (0, 2)
    rows = Conditional(counts, backoff=True).rows(torch.zeros(2, dtype=torch.long))
    assert rows.crow.tolist() == [0, 4, 8]
    assert rows.probabilities.tolist() == [0.25] * 8
    assert Conditional(counts).surprisals(letters("abc")).unseen_contexts == 2
    assert Conditional(counts).rows(torch.zeros(2, dtype=torch.long)).crow.tolist() == [0, 0, 0]
    with pytest.raises(ShapeError, match="no entropy"):
        Conditional(counts).entropy()


def test_rows_make_a_sparse_matrix_and_may_be_asked_for_twice() -> None:
    found = Conditional(Counter(4).add(letters("aababca")).counts())
    rows = found.rows(torch.tensor([2, 0, 3, 0]))
    assert rows.crow.tolist() == [0, 1, 3, 3, 5]
    assert rows.columns.tolist() == [0, 0, 1, 0, 1]
    assert rows.probabilities.tolist() == pytest.approx([1, 1 / 3, 2 / 3, 1 / 3, 2 / 3])
    backed = Conditional(found.counts, backoff=True).rows(torch.tensor([3, 2, 3]))
    assert backed.crow.tolist() == [0, 3, 4, 7]
    assert backed.columns.tolist() == [0, 1, 2, 0, 0, 1, 2]
    assert backed.probabilities.tolist() == pytest.approx([1 / 2, 1 / 3, 1 / 6, 1, 1 / 2, 1 / 3, 1 / 6])


def test_the_entropy_is_the_mean_surprisal_of_the_text_that_was_counted() -> None:
    text = torch.randint(0, 30, (20, 50), generator=torch.Generator().manual_seed(0))
    for order in (1, 2):
        found = Conditional(Counter(30, order).add(text if order > 1 else text[:, 1:]).counts())
        read = found.surprisals(text)
        assert (read.unseen_pairs, read.unseen_contexts) == (0, 0)
        assert found.entropy() == pytest.approx(float(read.values.mean()))


def test_contexts_after_each_position_are_what_rows_and_probabilities_take() -> None:
    found = Conditional(Counter(3, 3, separator=2).add(letters("abcab")).counts())
    contexts, known = found.after(letters("abcab"))
    assert known.tolist() == [[False, True, False, True, True]], "c begins a document: nothing before it counts"
    assert contexts[known].tolist() == [0 * 3 + 1, 2 * 3 + 0, 0 * 3 + 1]
    assert found.row(int(contexts[0, 1]))[0].tolist() == [2]


def test_what_cannot_be_asked_is_a_clear_error() -> None:
    found = Conditional(Counter(3).add(letters("abc")).counts())
    with pytest.raises(ShapeError, match="at least 2 tokens"):
        found.surprisals(letters("a"))
    with pytest.raises(ShapeError, match=r"between 0 and 2, not 0 and 3\. The tokenizer is larger"):
        found.surprisals(letters("ad"))
    with pytest.raises(ShapeError, match="numbers from 0 to 2, not 0 to 3"):
        found.rows(torch.tensor([0, 3]))
    with pytest.raises(ShapeError, match="numbers from 0 to 2, not -1 to 0"):
        found.log_probs(torch.tensor([0, -1]), torch.tensor([0, 1]))
