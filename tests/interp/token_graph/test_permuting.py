from collections import Counter

import numpy as np
import pytest

from interp.errors import ShapeError
from interp.token_graph.permuting import bands, permuted
from tests.interp.token_graph import planted


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_tokens_are_permuted_and_none_is_lost() -> None:
    tokens = planted.independent().tokens
    found = permuted(tokens, rng())
    assert (np.bincount(found) == np.bincount(tokens)).all()
    assert (found != tokens).any()


def test_within_documents_every_document_keeps_its_tokens() -> None:
    tokens, documents = planted.independent().tokens, rng(3).integers(0, 5, 300) * 7
    found = permuted(tokens, rng(), documents)
    for document in set(documents.tolist()):
        assert sorted(found[documents == document]) == sorted(tokens[documents == document])
    assert (found != tokens).any()


def test_every_order_is_as_likely_as_any_other() -> None:
    tokens, within = np.array([0, 9, 1, 2]), np.array([5, 3, 5, 5])
    generator = rng()
    seen = Counter(tuple(permuted(tokens, generator, within).tolist()) for _ in range(1200))
    assert len(seen) == 6
    assert all(order[1] == 9 and 140 < count < 260 for order, count in seen.items())


def test_a_band_holds_positions_within_a_factor_of_2() -> None:
    assert bands(np.array([0, 1, 2, 3, 4, 7, 8, 15, 16])).tolist() == [0, 1, 2, 2, 3, 3, 4, 4, 5]
    assert bands(np.array([0, 9, 10, 99]), np.array([10, 50])).tolist() == [0, 0, 1, 2]
    with pytest.raises(ShapeError, match="ascend"):
        bands(np.array([0]), np.array([3, 3]))
    with pytest.raises(ShapeError, match="0 or more"):
        bands(np.array([-1]))


@pytest.mark.usefixtures("unchecked")
def test_another_number_of_rows_is_refused() -> None:
    with pytest.raises(ShapeError, match="one whole number a row"):
        permuted(np.arange(5), rng(), np.zeros(3, np.int64))
