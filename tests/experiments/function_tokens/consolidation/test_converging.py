import numpy as np
import pytest

from experiments.function_tokens.consolidation.converging import converging, way_done
from experiments.function_tokens.consolidation.grouped import Followed
from interp.token_classes import GroupedLosses

NAMES = ("function", "content")
STEPS = (0, 10, 100, 1000)


def losses(means: list[list[float]], documents: int = 25) -> GroupedLosses:
    counts = np.full((documents, 2, 2), 4)
    return GroupedLosses(counts * np.array(means, np.float64), counts, np.arange(documents), NAMES, NAMES)


def followed() -> Followed:
    """Function tokens come down from 8 to 2 between steps 10 and 100, content tokens from 8 to 4 at the end."""
    means: list[list[list[float]]] = [[[8, 8], [8, 8]], [[8, 7], [8, 7.5]], [[2, 7], [2, 6.5]], [[2, 5], [2, 3]]]
    whole = [losses(one) for one in means]
    curves = np.array([[8.0, 8.0, 2.0, 2.0], [8.0, 7.0, 6.0, 1.0], [np.nan] * 4])
    return Followed("made", {"depth": 1}, STEPS, whole, whole, curves, curves[1:], [])


def test_the_step_at_which_a_class_has_done_its_way() -> None:
    found = way_done(followed(), "function", np.random.default_rng(0))
    share = (8 - 2.6) / 6  # 90 % of the way from 8 to 2, between steps 10 and 100
    expected = np.expm1(np.log1p(10) + share * (np.log1p(100) - np.log1p(10)))
    assert tuple(found)[:3] == pytest.approx((expected,) * 3)
    assert way_done(followed(), "content", np.random.default_rng(0)).value > 100


def test_a_loss_that_does_not_come_down_gets_the_last_step() -> None:
    one = followed()
    flat = Followed("flat", {}, STEPS, [one.whole[0]] * 4, one.words, one.function, one.rivals, [])
    assert tuple(way_done(flat, "content", np.random.default_rng(0)))[:3] == (1000, 1000, 1000)


def test_tokens_that_are_predicted_too_seldom_are_left_out() -> None:
    found = converging(followed(), ["the", "of", "rare"], np.random.default_rng(0))
    assert [one["token"] for one in found["tokens"]] == ["the", "of"]
    assert found["tokens"][0]["step"] < 100 < found["tokens"][1]["step"]
    assert len(found["next in frequency"]) == 1


def test_the_flip_lies_where_content_after_function_becomes_the_harder() -> None:
    found = converging(followed(), ["the", "of", "rare"], np.random.default_rng(0))
    assert [one[0] for one in found["differences"]] == pytest.approx([0, -0.5, 0.5, 2])
    (flip,) = found["flips"]
    assert (flip["after"], flip["before"], flip["sign"]) == (10, 100, 1)
    assert flip["step"] == pytest.approx(np.expm1((np.log1p(10) + np.log1p(100)) / 2))
    assert found["hardest"][2:] == ["function → content"] * 2


def test_groups_without_a_prediction_have_no_difference() -> None:
    one = followed()
    none = [losses([[8, 8], [8, 8]]) for _ in STEPS]
    for group in none:
        group.counts[:, 0, 1] = group.sums[:, 0, 1] = 0
    found = converging(Followed("made", {}, STEPS, none, one.words, one.function, one.rivals, []), ["a"] * 3,
                       np.random.default_rng(0))  # fmt: skip
    assert found["differences"] is None
    assert found["flips"] == []
