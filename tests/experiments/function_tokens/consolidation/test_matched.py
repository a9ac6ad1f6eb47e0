from typing import Any

import pytest

from experiments.function_tokens.consolidation.matched import matched


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
    assert found["shared"] == [0.6, 0.8]
    assert found["target"] == pytest.approx(0.7)
    often = {one["step"]: one["often"] for one in found["checkpoints"]}
    assert often == pytest.approx({0: 20, 10: 175, 90: 500})
    assert all(one["within"] for one in found["checkpoints"])
    assert found["ks"] == [4, 16]
    assert [one["k"] for one in found["checkpoints"]] == pytest.approx([8, 4 * 4**0.75, 4 * 4**0.25])


def test_an_untrained_checkpoint_out_of_reach_is_told_and_changes_no_target() -> None:
    found = matched(grid(untrained=(0.1, 0.2)), "explained")
    assert found["target"] == pytest.approx(0.7)
    first = found["checkpoints"][0]
    assert (first["step"], first["within"], first["often"]) == (0, False, 30)


def test_an_untrained_checkpoint_is_read_off_at_the_variance_that_the_first_trained_one_explains_there() -> None:
    known = {0: (1.1, 0.8), 10: (0.90, 0.95), 90: (0.93, 0.99)}  # what is "recovered" before training is noise
    told = [{**one, "recovered": known[one["step"]][one["k"] == 16]} for one in grid()]
    found = matched(told, "recovered")
    assert found["target"] == pytest.approx(0.94)
    untrained, first, last = found["checkpoints"]
    assert first["explained"] == pytest.approx(0.4 + 0.8 * 0.4)
    assert untrained["explained"] == first["explained"] != last["explained"]
    assert untrained["often"] == pytest.approx(10 + 20 * 0.55)
    assert untrained["within"]
    assert matched([{**one, "recovered": None} if one["step"] == 0 else one for one in told], "recovered") == found


def test_where_nothing_is_shared_nothing_is_matched_and_nothing_extrapolated() -> None:
    apart = [*grid()[:4], dictionary(90, 4, 0.9, 400), dictionary(90, 16, 1.0, 800)]
    found = matched(apart, "explained")
    assert found["target"] is None
    assert found["checkpoints"] == []
    assert found["shared"] == [0.9, 0.8]
    assert "sparsities beyond 4 to 16" in found["why not"]


def test_a_quality_that_is_not_known_or_does_not_rise_with_k_matches_nothing() -> None:
    unknown = matched([{**one, "recovered": None} for one in grid()], "recovered")
    assert unknown["target"] is None
    assert "not known" in unknown["why not"]
    falling = matched([*grid()[:4], dictionary(90, 4, 1.0, 400), dictionary(90, 16, 0.6, 800)], "explained")
    assert falling["target"] is None
    assert "does not rise" in falling["why not"]


def test_seeds_are_read_off_each_for_itself() -> None:
    two = [{**one, "seed": seed, "often": one["often"] * (seed + 1)} for one in grid() for seed in (0, 1)]
    often = {(one["step"], one["seed"]): one["often"] for one in matched(two, "explained")["checkpoints"]}
    assert often[90, 1] == pytest.approx(2 * often[90, 0])


def test_slopes_that_one_dictionary_lacks_are_read_off_for_none() -> None:
    found = matched([*grid()[:5], {**grid()[5], "steep": None}], "explained")
    assert all("steep" not in one and "steep null" in one for one in found["checkpoints"])
