import numpy as np
import pytest

from interp import ShapeError
from interp.last_token.frontier import frontier, maximal, passing
from interp.last_token.setting import AllForOne
from tests.interp.last_token.planted import triangle


def pairs(settings: list[AllForOne]) -> list[tuple[int, int]]:
    return [(one.wait, one.transfer) for one in settings]


def test_a_case_read_by_hand() -> None:
    # More transfer at a wait that passes passes too, and so does less waiting with as many blocks in reach.
    scores = triangle(4, {(0, 3): 1, (0, 4): 1, (1, 2): 0.96, (1, 3): 0.99, (2, 1): 0.95, (2, 2): 0.97, (3, 1): 0.4})
    assert pairs(passing(scores)) == [(0, 3), (0, 4), (1, 2), (1, 3), (2, 1), (2, 2)]
    assert pairs(frontier(scores)) == [(2, 1)]
    assert maximal(scores) == AllForOne(2, 1)


def test_a_longer_wait_that_needs_more_transfer_stands_on_the_frontier_beside_the_shorter() -> None:
    scores = triangle(5, {(0, 0): 1, (1, 0): 0.5, (1, 1): 1, (2, 1): 1, (2, 2): 1, (3, 2): 1})
    assert pairs(frontier(scores)) == [(0, 0), (2, 1), (3, 2)]
    assert maximal(scores) == AllForOne(3, 2)


def test_the_threshold_itself_passes() -> None:
    scores = triangle(2, {(1, 1): 19 / 20})
    assert maximal(scores, 0.95) == AllForOne(1, 1)
    assert maximal(scores, np.nextafter(0.95, 1)) is None


def test_nothing_that_waits_is_no_maximum_though_the_frontier_has_a_point() -> None:
    scores = triangle(3, {(0, 2): 1, (0, 3): 1})
    assert pairs(frontier(scores)) == [(0, 2)]
    assert maximal(scores) is None
    assert frontier(triangle(3, {})) == []
    assert maximal(triangle(3, {})) is None


def test_where_all_is_right_the_whole_model_can_wait() -> None:
    scores = triangle(3, {}, other=1.0)
    assert pairs(frontier(scores)) == [(3, 0)]
    assert maximal(scores) == AllForOne(3, 0)
    assert pairs(frontier(triangle(0, {}, other=1.0))) == [(0, 0)]
    assert maximal(triangle(0, {}, other=1.0)) is None


def test_it_agrees_with_the_definition_on_random_scores() -> None:
    generator = np.random.default_rng(0)
    for _ in range(200):
        depth = int(generator.integers(0, 6))
        scores = triangle(depth, {})
        inside = ~np.isnan(scores)
        scores[inside] = generator.choice([0.0, 0.94, 0.95, 1.0], inside.sum())
        good = [(w, t) for w in range(depth + 1) for t in range(depth - w + 1) if scores[w, t] >= 0.95]
        slow = [p for p in good if [q for q in good if q[0] >= p[0] and q[1] <= p[1]] == [p]]
        assert pairs(frontier(scores)) == slow
        best = maximal(scores)
        longest = max((w for w, _ in good if w), default=None)
        assert (best and best.wait) == longest
        if best:
            assert best.transfer == min(t for w, t in good if w == longest)


def test_scores_that_are_no_triangle_are_refused() -> None:
    for shape in [(2, 3), (0, 0)]:
        with pytest.raises(ShapeError, match=r"\[depth \+ 1, depth \+ 1\]"):
            frontier(np.zeros(shape))
    with pytest.raises(ShapeError, match="1 settings have none"):
        frontier(triangle(3, {(1, 1): np.nan}))
    with pytest.raises(ShapeError, match="NaN elsewhere"):
        maximal(np.ones((3, 3)))


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.01, np.nan])
def test_a_threshold_that_is_no_share_is_refused(threshold: float) -> None:
    with pytest.raises(ShapeError, match="threshold is a share"):
        frontier(triangle(2, {}), threshold)
