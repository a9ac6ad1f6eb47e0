"""Ray on this machine, for the tests that need it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from interp import executors


@contextmanager
def started() -> Iterator[Any]:
    """Ray with room for two workers. Skips the test where it is not installed, but not under continuous integration."""
    if "CI" not in os.environ:
        pytest.importorskip("ray")
    with executors._started(2) as ray:
        yield ray
    assert not ray.is_initialized()
