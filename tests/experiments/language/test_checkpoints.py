import math
from itertools import pairwise
from pathlib import Path

import pytest

from experiments.language.checkpoints import folder, log_steps


def test_steps_are_even_in_log_from_one_to_the_last_and_zero_comes_first() -> None:
    assert log_steps(1024, 12) == [0, *(2**power for power in range(11))]
    steps = log_steps(6144, 24)
    assert steps[:2] == [0, 1]
    assert steps[-1] == 6144
    ratios = [math.log(b / a) for a, b in pairwise(steps[8:])]
    assert max(ratios) - min(ratios) < 0.1


def test_neighbours_that_round_to_one_step_are_one() -> None:
    assert log_steps(4, 24) == [0, 1, 2, 3, 4]
    assert log_steps(1, 3) == [0, 1]


@pytest.mark.parametrize(("steps", "count"), [(10, 2), (0, 5)])
def test_too_few_are_refused(steps: int, count: int) -> None:
    with pytest.raises(ValueError, match="at least 3 checkpoints"):
        log_steps(steps, count)


def test_folders_sort_as_their_steps() -> None:
    assert folder(Path("out"), 123) == Path("out/checkpoints/step-000123")
