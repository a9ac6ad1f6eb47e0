import numpy as np
import pytest

from experiments.mental_math.all_for_one.choosing import best, choose, layers, longest_wait, pair, rows
from interp.last_token.setting import AllForOne
from tests.experiments.mental_math.all_for_one.made import PROMPTS, found, half, mixed


def test_the_search_finds_the_circuit_that_is_there() -> None:
    chosen = choose(found(), 0.95)
    assert (chosen.setting, chosen.found) == (AllForOne(2, 1), True)
    assert chosen.told["found"] == chosen.told["maximal"] == [2, 1]
    assert chosen.told["frontier"] == [[2, 1]]
    assert chosen.told["agree"]


def test_where_nothing_passes_the_best_that_waits_is_taken_and_said_to_be_no_find() -> None:
    chosen = choose(mixed(), 0.95)
    assert (chosen.setting, chosen.found) == (AllForOne(1, 3), False)
    assert chosen.told["found"] is chosen.told["maximal"] is None


def test_of_equal_scores_the_longest_wait_and_the_least_transfer_are_best() -> None:
    made = half({(0, 4): 40, (1, 1): 30, (2, 1): 30, (2, 2): 30}, [40, 0, 0, 0, 0])
    assert best(made.scores()) == AllForOne(2, 1)


def test_the_search_and_the_triangle_may_disagree_and_the_record_says_why() -> None:
    harmed = half({(2, 1): PROMPTS}, [PROMPTS, PROMPTS, 20, 0, 0])
    told = choose(harmed, 0.95).told
    assert told["maximal"] == [2, 1]
    assert not told["agree"]
    assert "never tries" in told["note"]


def test_the_longest_wait_has_an_interval_over_prompts() -> None:
    assert longest_wait(found(), 0.95, np.random.default_rng(0)) == (0.5, 0.5, 0.5, PROMPTS)
    assert longest_wait(mixed(), 0.95, np.random.default_rng(0)) == (0.0, 0.0, 0.0, PROMPTS)
    # 38 of 40 is exactly enough, and many resamplings have fewer.
    unsure = longest_wait(half({(2, 1): 38}, [40] * 5), 0.95, np.random.default_rng(0))
    assert unsure.value == unsure.high == 0.5
    assert unsure.low == 0.0


def test_both_ways_to_count_layers_are_written_out() -> None:
    assert layers(AllForOne(15, 2)) == {
        "wait": 15,
        "transfer": 2,
        "index of the last block that waits": 14,
        "indices of the blocks that transfer": [15, 16],
    }


def test_rows_of_the_triangle_hold_numbers_only() -> None:
    assert [len(row) for row in rows(found().scores())] == [5, 4, 3, 2, 1]
    assert pair(None) is None


@pytest.mark.parametrize("threshold", [0.0, 1.5])
def test_a_threshold_must_be_a_share(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        choose(found(), threshold)
