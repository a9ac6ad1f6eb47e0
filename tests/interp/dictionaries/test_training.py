"""Settings of a training: lengths in rows, shares of steps, and their edges."""

from typing import Any

import pytest

from interp.dictionaries.training import Training
from interp.errors import ShapeError


def test_rows_are_rounded_down_to_whole_batches() -> None:
    assert Training(rows=100, batch=10).steps == 10
    assert Training(rows=109, batch=10).steps == 10
    assert Training(rows=10, batch=10).steps == 1


def test_the_default_rate_falls_with_the_root_of_the_latents() -> None:
    long = Training(rows=20_000 * 4096)
    assert long.peak(2**14) == pytest.approx(2e-4)
    assert long.peak(2**12) == pytest.approx(4e-4)
    assert Training(rows=5_000 * 4096).peak(2**14) == pytest.approx(4e-4)  # a quarter of the steps, twice the rate
    assert Training(rows=10 * 4096).peak(2**14) == pytest.approx(3e-3)
    assert Training(rows=10 * 4096).peak(4) == pytest.approx(2e-4 * 2**6)  # a rate that is higher anyway stays
    assert Training(rate=0.1).peak(2**12) == 0.1


def test_the_learning_rate_rises_over_its_warm_up_and_falls_at_the_end() -> None:
    rate = Training(rows=20, batch=1, warmup=0.2, decay=0.15).schedule()
    expected = [0.25, 0.5, 0.75, 1.0, *[1.0] * 13, 0.75, 0.5, 0.25]
    assert [rate(step) for step in range(20)] == pytest.approx(expected)


def test_without_warm_ups_everything_counts_from_the_first_step() -> None:
    none = Training(rows=5, batch=1, warmup=0.0, decay=0.0, penalty_warmup=0.0)
    assert [none.schedule()(step) for step in range(5)] == [1.0] * 5
    assert [none.penalty(step) for step in range(5)] == [1.0] * 5


def test_a_training_of_one_step_learns_at_the_full_rate() -> None:
    one = Training(rows=1, batch=1)
    assert one.schedule()(0) == 1.0
    assert one.penalty(0) == 1.0


def test_the_penalty_rises_to_all_of_it_in_the_last_step_of_its_warm_up() -> None:
    slow = Training(rows=20, batch=1, penalty_warmup=0.2)
    assert [slow.penalty(step) for step in range(6)] == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0, 1.0])
    assert Training(rows=4, batch=1, penalty_warmup=1.0).penalty(3) == 1.0


def test_dead_latents_are_resampled_each_time_so_many_rows_are_full_but_not_in_the_last_tenth() -> None:
    often = Training(rows=200, batch=10, resample_every=40)
    assert [step for step in range(20) if often.resamples(step)] == [3, 7, 11, 15]
    # Where the rows are no whole number of batches, in the step that fills them.
    odd = Training(rows=200, batch=10, resample_every=25)
    assert [step for step in range(20) if odd.resamples(step)] == [2, 4, 7, 9, 12, 14, 17]
    short = Training(rows=100, batch=10, resample_every=1)
    assert [step for step in range(10) if short.resamples(step)] == list(range(9))
    assert not any(Training(rows=200, batch=10).resamples(step) for step in range(20))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"batch": 0}, "batch must be 1 or more, not 0"),
        ({"dead_after": 0}, "dead_after must be 1 or more"),
        ({"sample": -1}, "sample must be 1 or more"),
        ({"rows": 99, "batch": 100}, "99 rows are fewer than one batch of 100"),
        ({"rate": 0.0}, "rate must be more than 0"),
        ({"rate": float("nan")}, "rate must be more than 0"),
        ({"warmup": -0.1}, "shares of the steps"),
        ({"warmup": 0.6, "decay": 0.5}, "together at most 1"),
        ({"penalty_warmup": 1.5}, "shares of the steps"),
        ({"clip": 0.0}, "clip must be more than 0, or None"),
        ({"aux": -0.1}, "aux and resample_every"),
        ({"resample_every": -1}, "aux and resample_every"),
    ],
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, Any], says: str) -> None:
    with pytest.raises(ShapeError, match=says):
        Training(**wrong)


def test_rise_and_fall_may_fill_the_whole_training() -> None:
    rate = Training(rows=10, batch=1, warmup=0.5, decay=0.5).schedule()
    assert rate(4) == 1.0
    assert rate(5) == pytest.approx(5 / 6)
