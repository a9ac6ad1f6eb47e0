import pytest

from experiments.estimates import Estimate, duration, timed


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (89.0, "89 s"), (90.0, "2 min"), (600.0, "10 min"), (5400.0, "1.5 h"), (3.6e4, "10.0 h")],
)
def test_durations_are_said_in_the_unit_that_fits(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_the_lines_name_models_memory_and_time() -> None:
    lines = Estimate(["one: 5 MB", "two: 9 MB"], 2.04e9, 61.0).lines()
    assert [line.split()[0] for line in lines] == ["model", "model", "memory", "time"]
    assert "about 2.0 GB" in lines[2]
    assert "about 61 s" in lines[3]


def test_the_first_call_only_warms_up() -> None:
    calls: list[int] = []
    assert timed(lambda: calls.append(1)) >= 0
    assert len(calls) == 2
