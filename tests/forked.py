"""Processes that die for real. They are forked from one that has imported what they need: that alone takes seconds."""

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "transformers.models.gpt2.modeling_gpt2",
        *(f"tests.interp.{folder}.victim" for folder in ("training", "subnetworks", "dictionaries", "store")),
    ]
)
_PATIENCE = 300.0
"""Seconds until a process that does not come to the moment is given up; a busy machine is slow."""


@contextmanager
def victim(main: Callable[..., None], *arguments: Any, reached: Callable[[], bool]) -> Iterator[None]:
    """A process that runs `main` and is killed at the end of the block; the block begins when `reached` says so."""
    process = _CONTEXT.Process(target=main, args=arguments)
    process.start()
    try:
        began = time.monotonic()
        while not reached():
            assert process.is_alive(), f"it ended by itself, with {process.exitcode}"
            assert time.monotonic() - began < _PATIENCE, f"never came to {arguments[1:]}"
            time.sleep(0.01)
        yield
    finally:
        process.kill()
        process.join()
    assert process.exitcode == -signal.SIGKILL


__all__ = ["victim"]
