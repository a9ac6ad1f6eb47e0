import numpy as np

from experiments.mental_math.all_for_one.measures import cliff, middle, two_transfer
from tests.experiments.mental_math.all_for_one.made import PROMPTS, found, half, mixed, sweep

RNG = np.random.default_rng(0)


def test_the_middle_is_the_last_depth_before_half() -> None:
    told = middle(half({}, [40, 30, 20, 10, 0], plain=4), RNG)
    assert (told["wait"], told["depth"]) == (1, 4)
    assert told["conditional"].value == 0.75
    assert told["plain"].value == 0.1
    assert middle(half({}, [40] * 33, depth=32), RNG)["wait"] == 15


def test_the_cliff_is_the_steepest_fall_and_the_next_one_its_control() -> None:
    told = cliff(sweep(found()), RNG)
    assert (told["last wait before it"], told["depth"]) == (2, 4)
    assert told["fall"].value == 0.9
    assert told["next fall"].value == 0.0


def test_a_model_that_does_not_wait_falls_at_once() -> None:
    told = cliff(sweep(mixed()), RNG)
    assert told["last wait before it"] == 0
    assert told["fall"].value == 31 / PROMPTS
    assert told["next fall"].value == 3 / PROMPTS


def test_the_only_step_of_one_block_has_nothing_beside_it() -> None:
    assert cliff(sweep(half({}, [40, 0], depth=1)), RNG)["next fall"] == (0.0, 0.0, 0.0, 1)


def test_two_blocks_that_transfer_stand_beside_one_and_none() -> None:
    told = two_transfer(found(), 1, RNG)
    assert [one.value for one in told["faithful"]] == [0.05, 0.05, 1.0]
    assert told["baseline"].value == 0.1


def test_where_fewer_blocks_are_left_there_is_no_second() -> None:
    assert len(two_transfer(found(), 3, RNG)["faithful"]) == 2
