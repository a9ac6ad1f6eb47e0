"""The arithmetic of the benchmarks, with clocks that say what they are told."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from benchmarks.tables import Table, at_least, at_most, markdown
from benchmarks.timing import Contestant, interleaved, rows, spread, stopwatch

NAMES = ("a", "b", "c")


def _nothing() -> None:
    """Takes no time."""


CONTESTANTS = [Contestant(name, _nothing) for name in NAMES]


def _recorder(seen: list[str]) -> Callable[[Contestant], float]:
    """A measure that writes down who was called, and gives the number of the call as its time."""

    def measure(contestant: Contestant) -> float:
        seen.append(contestant.name)
        return float(len(seen))

    return measure


def test_every_round_calls_everybody_once() -> None:
    seen: list[str] = []
    interleaved(CONTESTANTS, 20, warmup=3, measure=_recorder(seen))
    rounds = [tuple(seen[begin : begin + 3]) for begin in range(0, len(seen), 3)]
    assert len(rounds) == 23
    assert all(sorted(one) == list(NAMES) for one in rounds)


def test_the_order_changes_so_that_everybody_comes_first_and_last() -> None:
    seen: list[str] = []
    interleaved(CONTESTANTS, 30, warmup=0, measure=_recorder(seen))
    for place in range(3):
        counts = [seen[place::3].count(name) for name in NAMES]
        assert min(counts) >= 4


def test_the_order_is_the_same_for_the_same_seed() -> None:
    orders = []
    for seed in (0, 0, 1):
        seen: list[str] = []
        interleaved(CONTESTANTS, 10, seed=seed, measure=_recorder(seen))
        orders.append(seen)
    assert orders[0] == orders[1] != orders[2]


def test_warm_up_rounds_do_not_count() -> None:
    seen: list[str] = []
    seconds = interleaved(CONTESTANTS, 4, warmup=2, measure=_recorder(seen))
    assert {name: len(calls) for name, calls in seconds.items()} == dict.fromkeys(NAMES, 4)
    assert sorted(call for calls in seconds.values() for call in calls) == list(range(7, 19))


def test_times_go_to_whom_they_belong() -> None:
    times = {"a": 1.0, "b": 2.0, "c": 3.0}
    seconds = interleaved(CONTESTANTS, 3, measure=lambda contestant: times[contestant.name])
    assert seconds == {name: [time] * 3 for name, time in times.items()}


@pytest.mark.parametrize(("repetitions", "warmup"), [(0, 1), (-1, 1), (1, -1)])
def test_no_rounds_are_refused(repetitions: int, warmup: int) -> None:
    with pytest.raises(ValueError, match="repetitions must be 1 or more"):
        interleaved(CONTESTANTS, repetitions, warmup=warmup, measure=lambda _: 0.0)


def test_two_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two contestants have one name"):
        interleaved([*CONTESTANTS, CONTESTANTS[0]], 1, measure=lambda _: 0.0)


def test_quartiles_by_hand() -> None:
    assert spread([5.0]) == (5.0, 5.0, 5.0)
    assert spread([4.0, 1.0, 2.0, 3.0, 5.0]) == (2.0, 3.0, 4.0)
    assert spread([1.0, 2.0]) == (1.25, 1.5, 1.75)


def test_rows_by_hand() -> None:
    """`b` does twice as much a call in four times the time; one round was ten times as slow for both."""
    contestants = [Contestant("a", _nothing, 10), Contestant("b", _nothing, 20)]
    a, b = rows(contestants, {"a": [1.0, 2.0, 10.0], "b": [4.0, 8.0, 40.0]}, "a")
    assert (a.name, a.seconds.median, a.rate, a.ratio, a.pairs) == ("a", 2.0, 5.0, 1.0, (1.0, 1.0, 1.0))
    assert (b.name, b.seconds.median, b.rate, b.ratio, b.pairs) == ("b", 8.0, 2.5, 2.0, (2.0, 2.0, 2.0))
    assert b.calls == [4.0, 8.0, 40.0]


def test_the_ratio_of_medians_and_the_median_of_ratios_are_two_numbers() -> None:
    row = rows(CONTESTANTS[:2], {"a": [1.0, 2.0, 4.0], "b": [4.0, 2.0, 4.0]}, "a")[1]
    assert row.ratio == 4.0 / 2.0
    assert row.pairs == spread([4.0, 1.0, 1.0])


def test_rows_keep_the_order_of_the_contestants() -> None:
    seconds = {name: [1.0] for name in reversed(NAMES)}
    assert [row.name for row in rows(CONTESTANTS, seconds, "b")] == list(NAMES)


def test_the_stopwatch_times_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 12.5])
    monkeypatch.setattr("benchmarks.timing.time.perf_counter", lambda: next(clock))
    calls: list[int] = []
    assert stopwatch()(Contestant("a", lambda: calls.append(1))) == 2.5
    assert calls == [1]


def test_on_a_gpu_the_clock_waits_before_and_after(monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[str] = []
    monkeypatch.setattr(torch.cuda, "synchronize", lambda device: events.append(f"wait {device}"))

    def clock() -> float:
        events.append("clock")
        return 0.0

    monkeypatch.setattr("benchmarks.timing.time.perf_counter", clock)
    stopwatch("cuda:1")(Contestant("a", lambda: events.append("run")))
    assert events == ["wait cuda:1", "clock", "run", "wait cuda:1", "clock"]


def test_bars_are_met_up_to_the_limit_itself() -> None:
    assert [at_most("", value, 1.03).met for value in (1.0, 1.03, 1.031)] == [True, True, False]
    assert [at_least("", value, 50).met for value in (49.9, 50.0, 51.0)] == [False, True, True]
    assert not at_most("", float(np.nan), 1.0).met


def test_a_table_shows_medians_rates_ratios_bars_and_who_is_missing() -> None:
    found = rows(CONTESTANTS[:2], {"a": [0.5, 0.5], "b": [1.0, 2.0]}, "a")
    table = Table("Races", "two rounds", "laps", "a", found, [at_most("b is quick", found[1].ratio, 2.0)], {"d": "ill"})
    assert markdown(table.content()).splitlines() == [
        "**Races** (two rounds)",
        "",
        "| | ms | laps/s | time ÷ a | in rounds, middle half |",
        "|---|---:|---:|---:|---|",
        "| a | 500 | 2 | 1.000 | 1.000 to 1.000 |",
        "| b | 1,500 | 0.667 | 3.000 | 2.500 to 3.500 |",
        "| d | skipped: ill | | | |",
        "",
        "- b is quick: 3.000, MISSED",
    ]
