"""One line about a long job."""

from types import SimpleNamespace

import pytest

from interp.progress import Reporter, clock


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that stands still until it is moved."""
    time = SimpleNamespace(now=100.0)
    time.monotonic = lambda: time.now
    monkeypatch.setattr("interp.progress.time", time)
    return time


def test_a_line_says_done_rate_time_left_and_values(now: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    report = Reporter(1000, unit="game")
    now.now += 10
    report(200, {"step": 200, "loss": 2.34567, "rate": 0.001})
    captured = capsys.readouterr()
    assert captured.err == "game 200/1000  20/s  0:00:40 left  loss 2.346  rate 0.001\n"
    assert captured.out == ""


def test_a_resumed_job_counts_only_what_it_did_itself(now: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    report = Reporter(1000, start=900)
    now.now += 10
    report(950)
    assert capsys.readouterr().err == "step 950/1000  5/s  0:00:10 left\n"


def test_lines_come_at_most_so_often_but_always_at_the_end(
    now: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    report = Reporter(9, every=5.0)
    for done in range(1, 10):
        now.now += 2
        report(done)
    said = [line.split()[1] for line in capsys.readouterr().err.splitlines()]
    assert said == ["1/9", "4/9", "7/9", "9/9"]


def test_at_the_end_nothing_is_left(now: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    Reporter(5, start=5)(5)
    now.now += 1
    Reporter(0)(0)
    assert [line.split("  ")[2] for line in capsys.readouterr().err.splitlines()] == ["0:00:00 left", "0:00:00 left"]


def test_before_the_first_step_the_time_left_is_unknown(
    now: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    Reporter(5)(0)
    assert capsys.readouterr().err == "step 0/5  0/s  ? left\n"


def test_a_step_that_took_no_time_is_no_division_by_zero(
    now: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    Reporter(5)(1)
    assert capsys.readouterr().err.startswith("step 1/5  1e+09/s  0:00:00 left")


def test_quiet_says_nothing(now: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    report = Reporter(2, quiet=True)
    report(1)
    report(2, {"loss": 1.0})
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0:00:00"),
        (0.4, "0:00:00"),
        (59.6, "0:01:00"),
        (61.0, "0:01:01"),
        (3599.7, "1:00:00"),
        (360000.0, "100:00:00"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert clock(seconds) == text
