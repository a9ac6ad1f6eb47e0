import math
from itertools import pairwise
from pathlib import Path

import pytest

from experiments.language.checkpoints import folder, log_steps, series
from interp.errors import FileError, InterpError


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


def made(place: Path, *steps: int) -> str:
    for step in steps:
        (folder(place, step)).mkdir(parents=True)
        (folder(place, step) / "config.json").write_text("{}")
    return str(place / "checkpoints")


def test_a_series_is_all_that_there_is_or_what_is_asked_for(tmp_path: Path) -> None:
    place = made(tmp_path / "docs-tiny", 0, 7, 100)
    assert series(place).steps == (0, 7, 100)
    assert series(place, (0, 100)).steps == (0, 100)
    assert series(place).name == "docs-tiny"
    assert series("hub:someone/model", (0, 8)).name == "someone/model"


def test_checkpoints_that_are_not_there_are_explained(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="interp train docs-shallow"):
        series(str(tmp_path), trainer="docs-shallow")
    with pytest.raises(FileError, match="no checkpoint of step 8"):
        series(made(tmp_path, 0, 7), (0, 8))
    with pytest.raises(InterpError, match="Name their steps"):
        series("hub:someone/model")


@pytest.mark.parametrize("steps", [(), (0,), (7, 0), (7, 9), (0, 0, 7)])
def test_an_order_of_no_use_is_refused(tmp_path: Path, steps: tuple[int, ...]) -> None:
    with pytest.raises(InterpError, match="ascending from 0"):
        series(made(tmp_path, 0, 7, 9), steps)
