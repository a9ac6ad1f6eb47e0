import json

import numpy as np
import pytest

from experiments.mental_math.all_for_one.applying import apply, require_same_depth
from experiments.mental_math.all_for_one.telling import at, baseline, tell
from interp.errors import ModelError
from interp.last_token.setting import AllForOne
from tests.experiments.mental_math.all_for_one.made import PROMPTS, found, half, mixed, sweep

RNG = np.random.default_rng(0)


def test_a_planted_circuit_is_told_with_its_neighbours_and_whether_the_search_finds_it() -> None:
    planted = tell(sweep(found()), 0.95, AllForOne(2, 1), RNG)["planted"]
    assert planted["faithful"].value == 1.0
    assert planted["wait + 1"].value == planted["transfer - 1"].value == 0.05
    assert planted["plain mean and all later blocks"].value == 0.05
    assert planted["search finds exactly it"]


@pytest.mark.parametrize("other", [AllForOne(1, 2), AllForOne(2, 2)])
def test_a_search_that_finds_another_setting_did_not_find_it(other: AllForOne) -> None:
    assert not tell(sweep(found()), 0.95, other, RNG)["planted"]["search finds exactly it"]


def test_a_record_of_a_model_that_does_not_wait_says_so() -> None:
    told = tell(sweep(mixed()), 0.95, None, RNG)
    assert "planted" not in told
    assert told["best that waits"] == 12 / PROMPTS
    assert told["search"]["found"] is None
    json.dumps(told, allow_nan=False)


def test_base_accuracy_is_of_all_prompts_and_faithfulness_of_those_answered_right() -> None:
    told = tell(sweep(half({(2, 1): 40}, [40] * 3 + [0, 0], wrong=10)), 0.95, None, RNG)
    assert told["base"].value == 0.8
    assert told["chosen"]["faithful"].value == 1.0
    assert told["chosen"]["faithful"].n == PROMPTS


def test_at_the_end_of_the_model_one_wait_more_leaves_fewer_blocks_to_transfer() -> None:
    told = at(half({(3, 1): 17}, [40] * 5), AllForOne(2, 2), RNG)
    assert told["wait + 1"].value == 17 / PROMPTS
    last = at(found(), AllForOne(4, 0), RNG)
    assert "wait + 1" not in last
    assert "transfer - 1" not in last


def test_the_baseline_is_the_better_of_no_transfer_and_the_best_single_answer() -> None:
    assert baseline(found(), 2).mean() == 0.1
    assert baseline(half({(2, 0): 6}, [40] * 5), 2).mean() == 0.15


def test_one_setting_is_given_to_other_tasks_beside_one_of_their_own() -> None:
    deep = half({(3, 1): 40}, [40] * 4 + [0])
    told = apply(AllForOne(2, 1), {"A-B": sweep(found()), "AxB": sweep(deep)}, 0.95, RNG)
    assert [told["tasks"][name]["given"].value for name in ("A-B", "AxB")] == [1.0, 0.05]
    assert [told["tasks"][name]["own"].value for name in ("A-B", "AxB")] == [1.0, 1.0]
    assert told["tasks"]["AxB"]["own setting"]["wait"] == 3
    assert told["given"]["faithful"].value == 42 / 80
    assert (told["given"]["worst"], told["own"]["worst"]) == (0.05, 1.0)
    assert told["given"]["baseline"].value == 0.1


def test_without_tasks_there_is_nothing_to_pool() -> None:
    told = apply(AllForOne(2, 1), {}, 0.95, RNG)
    assert told["given"] is told["own"] is None


def test_a_setting_is_not_taken_over_by_a_model_of_another_depth() -> None:
    require_same_depth("one", 4, "other", 4)
    with pytest.raises(ModelError, match="other has 5 blocks and one 4"):
        require_same_depth("one", 4, "other", 5)
