from typing import Any

import numpy as np
import pytest

from experiments.function_tokens.consolidation.matched import matched, saturated


def dictionary(step: int, k: int, explained: float, often: int, **changes: Any) -> dict[str, Any]:
    found = {
        "step": step, "seed": 0, "k": k, "explained": explained, "recovered": explained, "once": 2 * often,
        "often": often, "steep": 0.5, "steep null": 0.25,
    }  # fmt: skip
    return {**found, **changes}


def grid(untrained: tuple[float, float] = (0.5, 0.9)) -> list[dict[str, Any]]:
    """Step 10 spans .4 to .8 and step 90 .6 to 1: they share .6 to .8, whose middle is .7."""
    return [
        dictionary(0, 4, untrained[0], 10), dictionary(0, 16, untrained[1], 30),
        dictionary(10, 4, 0.4, 100), dictionary(10, 16, 0.8, 200),
        dictionary(90, 4, 0.6, 400), dictionary(90, 16, 1.0, 800),
    ]  # fmt: skip


def test_checkpoints_are_read_off_in_the_middle_of_what_they_share() -> None:
    found = matched(grid(), "explained")
    assert found is not None
    assert found["target"] == pytest.approx(0.7)
    often = {one["step"]: one["often"] for one in found["checkpoints"]}
    assert often == pytest.approx({0: 20, 10: 175, 90: 500})
    assert all(one["within"] for one in found["checkpoints"])
    assert found["checkpoints"][1]["k"] == pytest.approx(np.exp(np.log(4) + 0.75 * np.log(4)))


def test_an_untrained_checkpoint_out_of_reach_is_told_and_changes_no_target() -> None:
    found = matched(grid(untrained=(0.1, 0.2)), "explained")
    assert found is not None
    assert found["target"] == pytest.approx(0.7)
    first = found["checkpoints"][0]
    assert (first["step"], first["within"], first["often"]) == (0, False, 30)


def test_where_nothing_is_shared_nothing_is_matched() -> None:
    apart = [*grid()[:4], dictionary(90, 4, 0.9, 400), dictionary(90, 16, 1.0, 800)]
    assert matched(apart, "explained") is None


def test_an_untrained_checkpoint_whose_quality_is_unknown_is_left_out() -> None:
    told = [{**one, "recovered": None} if one["step"] == 0 else one for one in grid()]
    found = matched(told, "recovered")
    assert found is not None
    assert {one["step"] for one in found["checkpoints"]} == {10, 90}
    assert matched([{**one, "recovered": None} for one in grid()], "recovered") is None


def test_seeds_are_read_off_each_for_itself() -> None:
    two = [{**one, "seed": seed, "often": one["often"] * (seed + 1)} for one in grid() for seed in (0, 1)]
    found = matched(two, "explained")
    assert found is not None
    often = {(one["step"], one["seed"]): one["often"] for one in found["checkpoints"]}
    assert often[90, 1] == pytest.approx(2 * often[90, 0])


def test_slopes_that_one_dictionary_lacks_are_read_off_for_none() -> None:
    found = matched([*grid()[:5], {**grid()[5], "steep": None}], "explained")
    assert found is not None
    assert all("steep" not in one and "steep null" in one for one in found["checkpoints"])


def test_a_count_is_saturated_when_a_trained_checkpoint_nears_the_width() -> None:
    found = matched(grid(), "explained")
    assert found is not None
    assert saturated(found, 550)
    assert not saturated(found, 560)
    untrained = matched([{**one, "often": 10**6} if one["step"] == 0 else one for one in grid()], "explained")
    assert untrained is not None
    assert not saturated(untrained, 560)
