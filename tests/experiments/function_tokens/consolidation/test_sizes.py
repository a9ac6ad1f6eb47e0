import numpy as np
import pytest

from experiments.function_tokens.consolidation.sizes import gain
from interp.errors import ShapeError
from interp.token_classes import GroupedLosses

NAMES = ("function", "content")


def losses(means: list[list[float]], documents: int = 30) -> GroupedLosses:
    """[current, next] means, the same in every document, of 2 predictions a group."""
    counts = np.full((documents, 2, 2), 2)
    return GroupedLosses(counts * np.array(means), counts, np.arange(documents), NAMES, NAMES)


def test_the_gain_is_that_of_content_less_that_of_function_tokens() -> None:
    found = gain(losses([[2.0, 4.0], [2.0, 4.0]]), losses([[1.5, 3.0], [1.9, 3.4]]), np.random.default_rng(0))
    assert found.content_over_function.value == pytest.approx(0.8 - 0.3)
    assert found.groups["function → content"].value == pytest.approx(1.0)
    assert found.groups["content → function"].value == pytest.approx(0.1)
    share = 1 - 9.8 / 12
    assert found.evenly.value == pytest.approx(share * 2)
    assert found.excess.value == pytest.approx(0.5 - share * 2)
    assert found.even_groups["function → content"] == pytest.approx(share * 4)


def test_losses_that_all_fall_by_one_share_have_no_excess() -> None:
    small = losses([[2.0, 4.0], [1.0, 5.0]])
    large = losses([[1.6, 3.2], [0.8, 4.0]])
    found = gain(small, large, np.random.default_rng(0))
    assert found.content_over_function.value > 0.5
    assert tuple(found.excess)[:3] == pytest.approx((0, 0, 0), abs=1e-12)


def test_a_model_gains_nothing_over_itself() -> None:
    one = losses([[2.0, 4.0], [1.0, 5.0]])
    found = gain(one, one, np.random.default_rng(0))
    assert found.content_over_function[:3] == found.evenly[:3] == found.excess[:3] == (0, 0, 0)


def test_intervals_hold_what_the_paper_says_of_its_own_losses() -> None:
    """2 against 32 layers, groups of one size: content gains .355 more, .31 of that for having more to lose."""
    found = gain(losses([[2.12, 4.88], [1.90, 3.69]]), losses([[1.87, 4.27], [1.64, 3.08]]), np.random.default_rng(0))
    assert found.content_over_function.value == pytest.approx(0.355)
    assert 0.3 < found.evenly.value < found.content_over_function.value


def test_the_spread_is_over_documents() -> None:
    small = losses([[2.0, 4.0], [2.0, 4.0]])
    sums = small.sums.copy()
    sums[::2, :, 1] -= 1.0
    large = GroupedLosses(sums, small.counts, small.documents, NAMES, NAMES)
    found = gain(small, large, np.random.default_rng(0)).content_over_function
    assert found.value == pytest.approx(0.25)
    assert found.low < 0.25 < found.high
    assert found.n == 30


def test_losses_of_other_predictions_are_refused() -> None:
    with pytest.raises(ShapeError, match="same predictions"):
        gain(losses([[1.0, 1.0], [1.0, 1.0]]), losses([[1.0, 1.0], [1.0, 1.0]], 29), np.random.default_rng(0))


def test_an_empty_group_is_refused() -> None:
    one = losses([[1.0, 1.0], [1.0, 1.0]])
    one.counts[:, 0, 0] = 0
    with pytest.raises(ShapeError, match="without a prediction"):
        gain(one, one, np.random.default_rng(0))
