"""Three real deaths at three moments, and a process that goes on as if nothing had been."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from interp.errors import FileError
from interp.training import checkpoint, log
from tests.interp.training.made import job

_ROOT = Path(__file__).parents[3]
_PATIENCE = 300.0
"""Seconds until a process that does not come to the moment is given up; a busy machine is slow."""


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tests.interp.training.victim", *arguments]


def _environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1"}


def _to_the_end(folder: Path) -> str:
    done = subprocess.run(
        _command(str(folder)), cwd=_ROOT, env=_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def _victim(folder: Path, moment: str, reached: Callable[[], bool]) -> Iterator[None]:
    """A process that is killed at the end of the block; the block begins when `reached` says so."""
    victim = subprocess.Popen(_command(str(folder), moment), cwd=_ROOT, env=_environment(), stderr=subprocess.PIPE)
    try:
        began = time.monotonic()
        while not reached():
            assert victim.poll() is None, victim.communicate()[1].decode()
            assert time.monotonic() - began < _PATIENCE, f"never came to {moment}"
            time.sleep(0.005)
        yield
    finally:
        victim.send_signal(signal.SIGKILL)
        victim.communicate()
    assert victim.returncode == -signal.SIGKILL


def _rows(folder: Path, at_least: int) -> bool:
    return len(log.read(folder)) >= at_least


def _writing(folder: Path) -> bool:
    """Whether a checkpoint lies there, and half of the next one beside it."""
    whole, aside = folder / checkpoint.FILE, folder / f".{checkpoint.FILE}.aside"
    return _rows(folder, 25) and whole.exists() and aside.exists() and aside.stat().st_size > whole.stat().st_size // 3


def test_killed_three_times_it_ends_bit_equal(tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    # Somewhere in steps 6 to 38: it goes on running until the signal comes.
    with _victim(folder, "step:38", lambda: _rows(folder, 3)):
        pass
    # In the middle of a step, behind a checkpoint; meanwhile nobody else may train there.
    with (
        _victim(folder, "step:45", lambda: _rows(folder, 22)),
        pytest.raises(FileError, match="another process is training"),
    ):
        job().train(folder)
    # With half of the checkpoint of step 50 written: in this process the first one to come.
    with _victim(folder, "writing:1", lambda: _writing(folder)):
        before = (folder / checkpoint.FILE).read_bytes()
    assert (folder / checkpoint.FILE).read_bytes() == before
    assert log.read(folder)[-1]["step"] == 50
    assert _to_the_end(folder) == _to_the_end(tmp_path / "whole")
