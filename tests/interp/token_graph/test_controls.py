import numpy as np
import pytest

from interp.errors import ShapeError
from interp.token_graph.controls import equal_mass, matched_tokens, random_tokens

COUNTS = np.array([100, 90, 50, 48, 47, 10, 9, 1, 0])


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_random_tokens_occur_are_allowed_and_come_once() -> None:
    allowed = np.ones(9, np.bool_)
    allowed[[0, 7]] = False
    found = random_tokens(COUNTS, 6, rng(), allowed)
    assert sorted(found.tolist()) == [1, 2, 3, 4, 5, 6]
    assert found.tolist() != sorted(found.tolist())
    with pytest.raises(ShapeError, match="of 6 tokens"):
        random_tokens(COUNTS, 7, rng(), allowed)


def test_every_token_is_drawn_as_often_as_any_other() -> None:
    generator = rng()
    seen = np.bincount(np.concatenate([random_tokens(COUNTS, 2, generator) for _ in range(400)]), minlength=9)
    assert seen[8] == 0
    np.testing.assert_allclose(seen[:8], 100, atol=40)


def test_partners_occur_as_often_and_are_no_other_s() -> None:
    found = matched_tokens(COUNTS, np.array([6, 2, 1]), rng(), factor=1.2)
    pairs = dict(zip(found.tokens.tolist(), found.partners.tolist(), strict=True))
    assert list(pairs) == [1, 2, 6]
    assert pairs[1] == 0
    assert pairs[2] in (3, 4)
    assert pairs[6] == 5
    assert found.alone.tolist() == []


def test_a_token_without_partner_is_said_to_be_alone() -> None:
    found = matched_tokens(COUNTS, np.array([7, 0, 1]), rng())
    assert found.tokens.tolist() == []
    assert found.alone.tolist() == [0, 1, 7]
    assert matched_tokens(COUNTS, np.array([2, 3, 5]), rng(), factor=1.15).alone.tolist() == [3]


def test_partners_are_drawn_among_those_allowed() -> None:
    allowed = np.arange(9) != 3
    assert matched_tokens(COUNTS, np.array([2]), rng(), allowed).partners.tolist() == [4]


def test_equal_mass_comes_as_near_as_it_can() -> None:
    for seed in range(20):
        found = equal_mass(COUNTS, 120, rng(seed), COUNTS < 95)
        together = COUNTS[found].cumsum()
        assert 0 not in found
        assert len(set(found.tolist())) == len(found)
        assert abs(together[-1] - 120) <= 45
    assert sorted(equal_mass(COUNTS, 355, rng()).tolist()) == list(range(8))
    with pytest.raises(ShapeError, match="255 occurrences together"):
        equal_mass(COUNTS, 256, rng(), COUNTS < 95)


@pytest.mark.usefixtures("unchecked")
def test_tokens_that_cannot_be_matched_at_all_are_refused() -> None:
    for chosen in ([], [8], [9], [-1]):
        with pytest.raises(ShapeError, match="all of which occur"):
            matched_tokens(COUNTS, np.array(chosen, np.int64), rng())
    with pytest.raises(ShapeError, match="factor"):
        matched_tokens(COUNTS, np.array([0]), rng(), factor=0.5)
    with pytest.raises(ShapeError, match="one truth value a token"):
        random_tokens(COUNTS, 1, rng(), np.ones(3, np.bool_))
