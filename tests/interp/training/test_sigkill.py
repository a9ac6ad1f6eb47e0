"""Three real deaths at three moments, and a process that goes on as if nothing had been."""

from pathlib import Path

import pytest

from interp.errors import FileError
from interp.training import checkpoint, log
from tests.forked import victim
from tests.interp.training.made import job
from tests.interp.training.victim import main, to_the_end


def _rows(folder: Path, at_least: int) -> bool:
    return len(log.read(folder)) >= at_least


def _writing(folder: Path) -> bool:
    """Whether a checkpoint lies there, and half of the next one beside it."""
    whole, aside = folder / checkpoint.FILE, folder / f".{checkpoint.FILE}.aside"
    return _rows(folder, 25) and whole.exists() and aside.exists() and aside.stat().st_size > whole.stat().st_size // 3


def test_killed_three_times_it_ends_bit_equal(tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    # Somewhere in steps 6 to 38: it goes on running until the signal comes.
    with victim(main, folder, "step:38", reached=lambda: _rows(folder, 3)):
        pass
    # In the middle of a step, behind a checkpoint; meanwhile nobody else may train there.
    with (
        victim(main, folder, "step:45", reached=lambda: _rows(folder, 22)),
        pytest.raises(FileError, match="another process is training"),
    ):
        job().train(folder)
    # With half of the checkpoint of step 50 written: in this process the first one to come.
    with victim(main, folder, "writing:1", reached=lambda: _writing(folder)):
        before = (folder / checkpoint.FILE).read_bytes()
    assert (folder / checkpoint.FILE).read_bytes() == before
    assert log.read(folder)[-1]["step"] == 50
    assert to_the_end(folder) == to_the_end(tmp_path / "whole")
