from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from interp.errors import ShapeError, UnknownNameError
from interp.token_classes import TokenSet, TokenStatistics, agreements, pieces
from tests.interp.token_classes.tokenizers import KINDS, made


def counted(*occurrences: int) -> TokenStatistics:
    """A text with these occurrences, all in one document."""
    counts = torch.tensor(occurrences)
    return TokenStatistics(counts, (counts > 0).long(), 1)


@pytest.mark.parametrize(
    ("coverage", "ids"),
    [(0.01, [2]), (0.4, [2]), (0.41, [2, 0]), (0.6, [2, 0]), (0.61, [2, 0, 3]), (0.8, [2, 0, 3]), (0.95, [2, 0, 3, 1])],
)
def test_the_fewest_most_frequent_tokens_that_cover_a_share_are_taken(coverage: float, ids: list[int]) -> None:
    """Of equally frequent tokens, here 0 and 3 with 20 of 100 each, the one of lower id."""
    assert TokenSet.by_coverage(counted(20, 15, 40, 20, 5), coverage).ids.tolist() == ids


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=2, max_size=12), st.integers(1, 9))
def test_coverage_agrees_with_taking_one_token_after_the_other(occurrences: list[int], tenths: int) -> None:
    """In whole numbers, so that no rounding decides: the share is reached when 10 * covered >= tenths * all."""
    if not sum(occurrences):
        return
    remaining = sorted(range(len(occurrences)), key=lambda token: (-occurrences[token], token))
    taken: list[int] = []
    while 10 * sum(occurrences[token] for token in taken) < tenths * sum(occurrences):
        taken.append(remaining.pop(0))
    if not remaining:
        with pytest.raises(ShapeError, match="whole vocabulary"):
            TokenSet.by_coverage(counted(*occurrences), tenths / 10)
    else:
        assert TokenSet.by_coverage(counted(*occurrences), tenths / 10).ids.tolist() == taken


def test_more_coverage_never_takes_a_token_away() -> None:
    statistics = counted(*range(1, 40))
    sizes = [TokenSet.by_coverage(statistics, share) for share in (0.2, 0.3, 0.4, 0.5)]
    for small, large in pairwise(sizes):
        assert large.ids[: len(small)].equal(small.ids)


def test_tokens_in_enough_documents_are_taken_however_seldom_they_are() -> None:
    """A code token is frequent in one document: coverage takes it, documents do not."""
    statistics = TokenStatistics(torch.tensor([90, 8, 10, 1]), torch.tensor([1, 5, 10, 1]), 10)
    assert TokenSet.by_coverage(statistics, 0.5).ids.tolist() == [0]
    assert TokenSet.by_documents(statistics, 0.5).ids.tolist() == [2, 1]
    assert TokenSet.by_documents(statistics, 0.51).ids.tolist() == [2]


def test_no_token_in_enough_documents_is_an_error_that_names_the_most_there_is() -> None:
    statistics = TokenStatistics(torch.tensor([5, 3]), torch.tensor([3, 2]), 5)
    with pytest.raises(ShapeError, match=r"no token is in 0.9 of all documents: the one in most is in 0.6"):
        TokenSet.by_documents(statistics, 0.9)
    with pytest.raises(ShapeError, match="whole vocabulary"):
        TokenSet.by_documents(statistics, 0.4)


@pytest.mark.parametrize("kind", KINDS)
def test_a_listed_word_stands_for_its_token_with_and_without_a_space(kind: str) -> None:
    found = TokenSet.by_list(made(kind), ["the", "cat"])
    texts = [pieces(made(kind))[number] for number in found.ids.tolist()]
    assert {"the", "cat"} == {text.strip() for text in texts if text}
    assert " the" in texts
    assert found.vocabulary == len(pieces(made(kind)))


def test_marks_and_space_are_listed_as_they_are() -> None:
    found = TokenSet.by_list(made("byte-level"), ["\n", " ", ","])
    assert [pieces(made("byte-level"))[number] for number in found.ids.tolist()] == ["\n", " ", ","]


def test_a_word_that_is_no_token_is_an_error_with_the_nearest_or_is_left_out() -> None:
    words = ["the", "whilst", "talkin"]
    with pytest.raises(UnknownNameError, match=r"unknown token 'whilst'.*2 of 3 words are no single token"):
        TokenSet.by_list(made("byte-level"), words)
    with pytest.raises(UnknownNameError, match=r"Did you mean .*'talking'"):
        TokenSet.by_list(made("byte-level"), words[::-1])
    assert len(TokenSet.by_list(made("byte-level"), words, skip_missing=True)) == 2
    with pytest.raises(ShapeError, match="is empty"):
        TokenSet.by_list(made("byte-level"), words[1:], skip_missing=True)


@pytest.mark.parametrize("words", ["the", []])
def test_one_string_and_no_words_are_no_list(words: list[str]) -> None:
    with pytest.raises(ShapeError, match="need a list of words"):
        TokenSet.by_list(made("byte-level"), words)


def test_content_is_everything_else_and_the_mask_says_what_is_in_the_set() -> None:
    function = TokenSet("function", torch.tensor([4, 1]), 6)
    assert function.mask.tolist() == [False, True, False, False, True, False]
    assert function.content.ids.tolist() == [0, 2, 3, 5]
    assert function.content.mask.equal(~function.mask)
    assert (function.content.name, TokenSet("marks", torch.tensor([0]), 2).content.name) == ("content", "not marks")
    assert len(function) == 2


def test_the_share_of_a_set_is_that_of_its_occurrences() -> None:
    statistics = counted(20, 15, 40, 20, 5)
    function = TokenSet.by_coverage(statistics, 0.4)
    assert function.share(statistics) == 0.4
    assert function.content.share(statistics) == 0.6
    with pytest.raises(ShapeError, match="statistics of 2 tokens"):
        function.share(counted(1, 2))


def test_agreement_is_the_share_of_common_tokens() -> None:
    one, other = TokenSet("a", torch.tensor([0, 1, 2]), 9), TokenSet("b", torch.tensor([2, 3]), 9)
    assert one.agreement(other) == other.agreement(one) == 1 / 4
    assert one.agreement(one) == 1
    assert one.agreement(one.content) == 0
    assert agreements([one, other]).tolist() == [[1, 0.25], [0.25, 1]]
    with pytest.raises(ShapeError, match="cannot be compared"):
        one.agreement(TokenSet("c", torch.tensor([0]), 8))
    with pytest.raises(ShapeError, match="at least one"):
        agreements([])


@pytest.mark.parametrize(
    ("ids", "says"),
    [
        (torch.tensor([], dtype=torch.int64), "is empty"),
        (torch.tensor([0, 1, 2]), "whole vocabulary"),
        (torch.tensor([3]), "the tokens to 2"),
        (torch.tensor([-1]), "run from -1"),
        (torch.tensor([1, 1]), "twice"),
        (torch.tensor([1], dtype=torch.int32), "must be int64"),
    ],
)
def test_sets_that_are_none_are_refused(ids: torch.Tensor, says: str, unchecked: None) -> None:
    with pytest.raises(ShapeError, match=says):
        TokenSet("bad", ids, 3)


@pytest.mark.parametrize("share", [0.0, 1.0, 40.0, -0.1])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ShapeError, match="between 0 and 1"):
        TokenSet.by_coverage(counted(1, 2, 3), share)
    if share != 1:
        with pytest.raises(ShapeError, match="above 0"):
            TokenSet.by_documents(counted(1, 2, 3), share)
