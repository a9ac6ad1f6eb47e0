from itertools import combinations

import pytest
import torch
from scipy.stats import spearmanr

from interp.errors import ShapeError
from interp.sequences import Sequences
from interp.token_classes import TokenStatistics, document_lengths, expected_coverage, rank_correlation


def test_the_rank_correlation_is_spearmans_with_ties() -> None:
    occurrences, documents = [9, 4, 4, 7, 1, 1, 0], [3, 4, 2, 4, 1, 1, 0]
    found = TokenStatistics(torch.tensor(occurrences), torch.tensor(documents), 4)
    assert rank_correlation(found) == pytest.approx(float(spearmanr(occurrences[:6], documents[:6]).statistic))
    assert rank_correlation(found, 4) == pytest.approx(float(spearmanr(occurrences[:4], documents[:4]).statistic))


def test_tokens_in_the_order_of_their_documents_correlate_fully() -> None:
    found = TokenStatistics(torch.tensor([50, 20, 3]), torch.tensor([9, 8, 1]), 9)
    assert rank_correlation(found) == pytest.approx(1)


def test_one_token_has_no_correlation() -> None:
    with pytest.raises(ShapeError, match="at least 5 times, not 1"):
        rank_correlation(TokenStatistics(torch.tensor([5, 2]), torch.tensor([1, 1]), 1), 5)


def test_the_expected_coverage_is_the_mean_over_all_ways_to_place_a_token() -> None:
    """Documents of 1, 2 and 3 tokens: every choice of n of the 6 places is as likely as any other."""
    document = [0, 1, 1, 2, 2, 2]
    found = expected_coverage(
        TokenStatistics(torch.tensor([1, 2, 3, 0]), torch.tensor([1, 2, 2, 0]), 3), torch.tensor([1, 2, 3])
    )
    for count in (1, 2, 3):
        ways = [len({document[place] for place in places}) / 3 for places in combinations(range(6), count)]
        assert float(found[count - 1]) == pytest.approx(sum(ways) / len(ways), rel=1e-9)
    assert found[3] == 0


def test_a_token_that_is_everywhere_is_expected_in_every_document() -> None:
    found = expected_coverage(TokenStatistics(torch.tensor([7, 0]), torch.tensor([2, 0]), 2), torch.tensor([3, 4]))
    assert found.tolist() == [1, 0]


def test_seldom_tokens_of_a_large_text_keep_their_digits() -> None:
    """One occurrence among 2 ** 30 tokens is in one of 2 ** 20 documents."""
    statistics = TokenStatistics(torch.tensor([1, 2**30 - 1]), torch.tensor([1, 2**20]), 2**20)
    found = expected_coverage(statistics, torch.full((2**20,), 2**10))
    assert float(found[0]) == pytest.approx(2**-20, rel=1e-9)


def test_lengths_of_another_text_are_refused() -> None:
    statistics = TokenStatistics(torch.tensor([7, 0]), torch.tensor([2, 0]), 2)
    for lengths in ([3, 5], [7]):
        with pytest.raises(ShapeError, match="these are lengths of"):
            expected_coverage(statistics, torch.tensor(lengths))


def test_document_lengths_are_of_what_counts() -> None:
    documents = torch.tensor([[0, 0, 2], [2, 2, 5]])
    kept = torch.tensor([[True, False, True], [True, True, False]])
    found = document_lengths(Sequences(torch.ones_like(documents), documents, documents, kept, "text"))
    assert found.tolist() == [1, 3]
