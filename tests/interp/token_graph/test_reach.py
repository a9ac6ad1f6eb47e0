import numpy as np
import pytest

import interp.token_graph.reach as module
from interp.errors import ShapeError
from interp.token_graph.occurrences import Occurrences
from interp.token_graph.reach import reach
from tests.interp.token_graph import planted


def by_sets(occurrences: Occurrences, order: np.ndarray) -> list[int]:
    """The obvious way: the set of latents of each token, one after the other."""
    active = planted.dense(occurrences)
    seen: set[int] = set()
    curve = []
    for token in order:
        seen |= set(np.flatnonzero(active[occurrences.tokens == token].any(0)).tolist())
        curve.append(len(seen))
    return curve


@pytest.mark.parametrize("make", [planted.independent, planted.dependent])
@pytest.mark.parametrize("k", [1, 5, 12])
@pytest.mark.parametrize("chunk", [1, 50, 2**22])
def test_it_is_the_size_of_a_growing_set(make: type, k: int, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK", chunk)
    occurrences = make()
    order = np.random.default_rng(k).permutation(12)[:k]
    assert reach(occurrences, order).tolist() == by_sets(occurrences, order)


def test_a_case_by_hand() -> None:
    active = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 1]], np.bool_)
    occurrences = planted.of(np.array([0, 1, 2, 0]), active, vocabulary=5)
    assert reach(occurrences, np.array([1, 2, 0])).tolist() == [1, 2, 3]
    assert reach(occurrences, np.array([4, 0])).tolist() == [0, 2]


def test_more_tokens_than_a_byte_can_number() -> None:
    tokens = np.arange(700)
    occurrences = planted.of(tokens, np.eye(700, dtype=np.bool_))
    assert reach(occurrences, tokens[::-1].copy()).tolist() == list(range(1, 701))
    assert reach(occurrences, tokens[:255]).tolist() == list(range(1, 256))


@pytest.mark.parametrize("order", [[], [0, 0], [12], [-1]])
def test_an_order_that_is_none_is_refused(order: list[int]) -> None:
    with pytest.raises(ShapeError, match="each once"):
        reach(planted.independent(), np.array(order, np.int64))
