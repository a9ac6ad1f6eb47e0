"""Where work is done: in this process, or by Ray actors on many devices and machines."""

import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from interp.errors import InterpError, unknown

Item = TypeVar("Item")
Result = TypeVar("Result")

EXECUTORS = ("serial", "ray")


def each(
    make: Callable[[], Callable[[Item], Result]],
    items: Iterable[Item],
    *,
    executor: str = "serial",
    workers: int = 1,
    gpus: float = 0.0,
) -> Iterator[Result]:
    """The results of `make()(item)` for all `items`, in the order in which they are done.

    `make` is called once a worker, where the work is done: there it may load a model or take a device. An item may be
    worked on twice, when its worker dies; so its result must depend on the item alone, and what it writes must be the
    same the second time. With `executor="ray"` there are `workers` actors with `gpus` GPUs each (a part of one is
    allowed), an item goes to whichever is idle, and `make`, items and results travel between processes. Items are
    drawn only when a worker is idle.

    Raises `UnknownNameError` for an unknown executor, `InterpError` where Ray is not installed, and whatever the work
    raises.
    """
    require(executor, workers)
    return _ray(make, items, workers, gpus) if executor == "ray" else _serial(make, items)


def require(executor: str, workers: int) -> None:
    """Raise `UnknownNameError` for an executor that is none, `InterpError` for a number of workers it cannot have."""
    if executor not in EXECUTORS:
        raise unknown("executor", executor, EXECUTORS)
    if workers < 1:
        raise InterpError(f"workers must be 1 or more, not {workers}")
    if executor == "serial" and workers > 1:
        raise InterpError(f"the serial executor has one worker, not {workers}: ask for executor='ray'")


def _serial(make: Callable[[], Callable[[Item], Result]], items: Iterable[Item]) -> Iterator[Result]:
    work = make()
    for item in items:
        yield work(item)


class _Actor:
    """A worker; it is made with its first item, so that an error on the way is an error of the work."""

    def __init__(self) -> None:
        self.work: Callable[[Any], Any] | None = None

    def run(self, make: Callable[[], Callable[[Any], Any]], item: Any) -> Any:
        if self.work is None:
            self.work = make()
        return self.work(item)


def _ray(
    make: Callable[[], Callable[[Item], Result]], items: Iterable[Item], workers: int, gpus: float
) -> Iterator[Result]:
    with _started(workers) as ray:
        # A worker that dies is started again and gets the item that it had.
        options = {"num_cpus": 1, "num_gpus": gpus, "max_restarts": -1, "max_task_retries": -1}
        made = ray.put(make)
        actors = [ray.remote(**options)(_Actor).remote() for _ in range(workers)]
        try:
            yield from _results(ray, actors, made, items)
        finally:
            for actor in actors:
                ray.kill(actor)


def _results(ray: Any, actors: list[Any], made: Any, items: Iterable[Any]) -> Iterator[Any]:
    """Hand items to actors as these become idle."""
    left = iter(items)
    running: dict[Any, Any] = {}
    idle = list(actors)
    while True:
        while idle:
            try:
                item = next(left)
            except StopIteration:
                break
            actor = idle.pop()
            running[actor.run.remote(made, item)] = actor
        if not running:
            return
        (done,), _ = ray.wait(list(running), num_returns=1)
        idle.append(running.pop(done))
        try:
            yield ray.get(done)
        except ray.exceptions.RayTaskError as error:
            raise error.cause from error


@contextmanager
def _started(workers: int) -> Iterator[Any]:
    """Ray, running; stopped at the end if it was started here."""
    try:
        import ray
    except ImportError as error:
        raise InterpError("executor='ray' needs Ray: install it with `pip install 'interp[ray]'`.") from error
    if ray.is_initialized():
        yield ray
        return
    with warnings.catch_warnings():
        # Ray says beforehand that a later version will leave CUDA_VISIBLE_DEVICES alone where an actor has no GPU.
        warnings.filterwarnings("ignore", category=FutureWarning, message=".*RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO")
        ray.init(num_cpus=max(workers, os.cpu_count() or 1), include_dashboard=False, log_to_driver=False)
    try:
        yield ray
    finally:
        ray.shutdown()


__all__ = ["EXECUTORS", "each", "require"]
