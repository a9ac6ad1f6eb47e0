from typing import Any

import numpy as np
import pytest

from experiments.function_tokens.retrieval.ratios import difference_in, ratio, ratio_of_ratios
from interp.retrieval.reactivation import Reactivation

A, B = ("a",), ("b",)


def found(hits: Any, trials: Any, control_hits: Any, control_trials: Any) -> Reactivation:
    """Counts [document][class][band] of the classes a and b; nothing comes again."""
    arrays = [np.array(counts, np.int64) for counts in (hits, trials, control_hits, control_trials)]
    one, two, three, four = (np.concatenate([counts, np.zeros_like(counts[:, :1])], 1) for counts in arrays)
    bands = tuple(2**number for number in range(arrays[0].shape[2]))
    return Reactivation(("a", "b", "the same token"), bands, one, two, three, four, origins=1, unmatched=0)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


ONE = found([[[4, 3], [6, 9]]], [[[10, 10], [10, 30]]], [[[2, 1], [4, 3]]], [[[10, 10], [10, 30]]])
"""One document. a: 0.4 and 0.3 against 0.2 and 0.1; b: 0.6 and 0.3 against 0.4 and 0.1. Weights: 20 and 40."""


def test_ratios_by_hand() -> None:
    one = (20 * 0.4 + 40 * 0.3) / (20 * 0.2 + 40 * 0.1)
    other = (20 * 0.6 + 40 * 0.3) / (20 * 0.4 + 40 * 0.1)
    assert ratio(ONE, A, rng()) == pytest.approx((one, one, one, 1))
    assert ratio_of_ratios(ONE, A, B, rng()) == pytest.approx((one / other,) * 3 + (1,))
    assert ratio(ONE, A, rng(), band=1) == pytest.approx((3, 3, 3, 1))
    assert ratio_of_ratios(ONE, A, B, rng(), band=0) == pytest.approx((2 / 1.5,) * 3 + (1,))
    assert difference_in(ONE, A, B, rng(), 0) == pytest.approx((0.0, 0.0, 0.0, 1))
    assert difference_in(ONE, A, B, rng(), 1) == pytest.approx((0.0, 0.0, 0.0, 1))


def test_the_scales_may_disagree() -> None:
    """a fires 2 % of the time, by chance 1 %; b 4.5 %, by chance 3 %: fewer points above chance, but more times."""
    some = found([[[20], [45]]], [[[1000], [1000]]], [[[10], [30]]], [[[1000], [1000]]])
    points, times = some.difference(A, B, rng()), ratio_of_ratios(some, A, B, rng())
    assert times is not None
    assert (points.value, times.value) == pytest.approx((-0.005, 2 / 1.5))


def test_classes_are_taken_together_by_their_trials() -> None:
    both = ratio(ONE, ("a", "b"), rng(), band=1)
    assert both is not None
    assert both.value == pytest.approx((12 / 40) / (4 / 40))


def test_a_band_without_a_trial_is_left_out_and_none_is_no_ratio() -> None:
    gap = found([[[4, 3], [6, 0]]], [[[10, 10], [10, 0]]], [[[2, 1], [4, 0]]], [[[10, 10], [10, 0]]])
    whole = ratio_of_ratios(gap, A, B, rng())
    assert whole is not None
    assert whole.value == pytest.approx(2 / 1.5), "the first band alone"
    assert ratio_of_ratios(gap, A, B, rng(), band=1) is None
    assert difference_in(gap, A, B, rng(), 1) is None
    assert ratio(gap, B, rng(), band=1) is None


def test_a_control_that_never_fires_gives_no_ratio() -> None:
    never = found([[[4], [6]]], [[[10], [10]]], [[[0], [4]]], [[[10], [10]]])
    assert ratio(never, A, rng()) is None
    assert ratio_of_ratios(never, A, B, rng()) is None
    other_way = ratio_of_ratios(never, B, A, rng())
    assert other_way is not None
    assert other_way.value == 0, "the ratio at a is beyond all numbers"


def test_documents_are_drawn_for_all_rates_together() -> None:
    """Documents fire at very different rates, but always twice as often as by chance: there is nothing to spread."""
    chance = np.random.default_rng(1).integers(1, 200, (30, 2, 1))
    trials = np.full_like(chance, 1000)
    some = found(2 * chance, trials, chance, trials)
    assert ratio(some, A, rng()) == pytest.approx((2, 2, 2, 30))
    assert ratio_of_ratios(some, A, B, rng()) == pytest.approx((1, 1, 1, 30))


def test_the_interval_is_that_of_a_plain_loop_over_draws() -> None:
    generator = np.random.default_rng(2)
    trials = generator.integers(50, 100, (40, 2, 2))
    hits, control = (generator.binomial(trials, share * generator.random((40, 1, 1))) for share in (0.8, 0.4))
    some = found(hits, trials, control, trials)
    weights = trials.sum((0, 1))
    ratios = []
    for _ in range(2000):
        drawn = generator.integers(40, size=40)
        rates = [(weights * (one[drawn, 0].sum(0) / trials[drawn, 0].sum(0))).sum() for one in (hits, control)]
        ratios.append(rates[0] / rates[1])
    interval = ratio(some, A, rng())
    assert interval is not None
    assert interval[1:3] == pytest.approx(np.quantile(ratios, [0.025, 0.975]), abs=0.04)
