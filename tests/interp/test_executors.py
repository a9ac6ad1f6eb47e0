"""The same results wherever the work is done, and none lost."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from interp import executors
from interp.errors import InterpError, ShapeError, UnknownNameError
from tests.interp import local_ray


def squares() -> Callable[[int], int]:
    return lambda number: number * number


def numbered() -> Callable[[int], tuple[int, int]]:
    """A worker that counts what it did."""
    done = iter(range(1000))
    return lambda number: (number, next(done))


def refusing() -> Callable[[int], int]:
    def work(number: int) -> int:
        if number == 3:
            raise ShapeError("three is too many")
        return number

    return work


def broken() -> Callable[[int], int]:
    raise ShapeError("no such device")


class Dying:
    """A worker that is killed in the middle of an item, once."""

    def __init__(self, mark: Path):
        self.mark = mark

    def __call__(self) -> "Dying":
        return self

    def work(self, number: int) -> int:
        if number == 2 and not self.mark.exists():
            self.mark.write_text("died")
            os.kill(os.getpid(), signal.SIGKILL)
        return number * number


def test_serial_work_is_done_in_order_by_one_worker_as_it_is_asked_for() -> None:
    drawn = []

    def items() -> Iterator[int]:
        for number in range(3):
            drawn.append(number)
            yield number

    results = executors.each(numbered, items())
    assert drawn == []
    assert next(results) == (0, 0)
    assert drawn == [0]
    assert list(results) == [(1, 1), (2, 2)]


def test_nothing_to_do_makes_no_results() -> None:
    assert list(executors.each(squares, [])) == []


def test_an_unknown_executor_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"unknown executor 'rai'\. Did you mean 'ray'"):
        executors.each(squares, [1], executor="rai")


@pytest.mark.parametrize(("executor", "workers"), [("serial", 0), ("ray", 0), ("serial", 2)])
def test_a_number_of_workers_that_cannot_be_is_refused(executor: str, workers: int) -> None:
    with pytest.raises(InterpError, match=f"not {workers}"):
        executors.each(squares, [1], executor=executor, workers=workers)


def test_an_error_of_the_work_comes_through() -> None:
    with pytest.raises(ShapeError, match="three is too many"):
        list(executors.each(refusing, range(5)))


def test_without_ray_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(InterpError, match=r"pip install 'interp\[ray\]'"):
        list(executors.each(squares, [1], executor="ray"))


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    """Ray, started once for the tests here."""
    with local_ray.started() as ray:
        yield ray


def test_actors_do_all_items_and_their_errors_come_through(ray: Any) -> None:
    assert sorted(executors.each(squares, range(7), executor="ray", workers=2)) == [n * n for n in range(7)]
    with pytest.raises(ShapeError, match="three is too many"):
        list(executors.each(refusing, range(5), executor="ray"))
    with pytest.raises(ShapeError, match="no such device"):
        list(executors.each(broken, range(5), executor="ray"))


def test_an_actor_that_is_killed_loses_nothing(ray: Any, tmp_path: Path) -> None:
    dying = Dying(tmp_path / "mark")
    results = executors.each(lambda: dying.work, range(5), executor="ray", workers=2)
    assert sorted(results) == [0, 1, 4, 9, 16]
    assert dying.mark.exists()


def test_ray_that_was_running_before_runs_on(ray: Any) -> None:
    assert list(executors.each(squares, [3], executor="ray")) == [9]
    assert ray.is_initialized()


def test_where_ray_must_be_there_its_absence_is_no_skip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception), local_ray.started():
        pytest.fail("not skipped")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(InterpError, match="needs Ray"), local_ray.started():
        pytest.fail("not failed")
