"""Every call that writes fails once: the old checkpoint survives, and the next start ends bit-equal."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interp.errors import FileError
from interp.training import checkpoint, log
from tests.interp.training.faults import Faults
from tests.interp.training.made import Killed, dies_at, job, left


def _full() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _attempt(folder: Path, faults: Faults) -> BaseException | None:
    with pytest.MonkeyPatch.context() as patch:
        faults.install(patch)
        try:
            job().train(folder)
        except (FileError, Killed) as error:
            return error
    return None


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What an uninterrupted run leaves."""
    folder = tmp_path_factory.mktemp("whole")
    here = job()
    here.train(folder)
    return left(folder, here)


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many calls a whole run makes that can fail."""
    faults = Faults(-1, _full)
    assert _attempt(tmp_path_factory.mktemp("calls"), faults) is None
    return faults.calls


def test_a_run_makes_the_calls_that_are_to_fail(calls: int) -> None:
    # Four checkpoints of eight calls; five rows of three, three of them flushed to the disk by two more; one lock.
    assert calls == 4 * 8 + 5 * 3 + 3 * 2 + 1


@pytest.mark.parametrize("kind", ["error", "error in the middle of a write", "death", "death in the middle of a write"])
def test_whichever_call_fails_the_next_start_ends_bit_equal(
    kind: str, calls: int, whole: dict[str, Any], tmp_path: Path
) -> None:
    for at in range(calls):
        folder = tmp_path / str(at)
        faults = Faults(at, _full if kind.startswith("error") else Killed, torn="middle" in kind)
        died = _attempt(folder, faults)
        assert isinstance(died, FileError if kind.startswith("error") else Killed), f"call {at}"
        assert kind.startswith("death") or "No space left on device" in str(died), f"call {at}"
        again = job()
        again.train(folder)
        assert left(folder, again) == whole, f"call {at}"


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(failing=st.lists(st.tuples(st.integers(0, 60), st.booleans(), st.booleans()), min_size=2, max_size=4))
def test_starts_that_fail_one_after_the_other_do_no_harm(
    failing: list[tuple[int, bool, bool]], whole: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("again")
    for at, dies, torn in failing:
        _attempt(folder, Faults(at, Killed if dies else _full, torn))
    again = job()
    again.train(folder)
    assert left(folder, again) == whole


def test_a_full_disk_leaves_the_checkpoint_before_and_no_litter(calls: int, tmp_path: Path) -> None:
    with pytest.raises(Killed):
        job(watch=dies_at("objective", 6)).train(tmp_path)
    before = (tmp_path / checkpoint.FILE).read_bytes()
    # The lock is one call, the rewound log 8, the row of step 6 three, that of step 8 five: then the checkpoint opens.
    for at in range(17, 17 + 6):
        died = _attempt(tmp_path, Faults(at, _full, torn=True))
        assert "checkpoint.safetensors" in str(died)
        assert "No space left on device" in str(died)
        assert "unharmed" in str(died)
        assert (tmp_path / checkpoint.FILE).read_bytes() == before
        assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", checkpoint.FILE, log.FILE]


def test_a_row_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    # The lock is one call and the first checkpoint 8.
    died = _attempt(tmp_path, Faults(9, _full))
    assert str(died).startswith(f"cannot write {tmp_path / log.FILE}: No space left on device.")
    assert "start again to resume" in str(died)


def test_a_row_torn_in_the_middle_is_written_again(whole: dict[str, Any], tmp_path: Path) -> None:
    for torn in ('{"step": 6, "ra', '{"step": 6, "rate": 1.0}', "\0\0\0\0\0\n", "{}\n", "7\n", '{"step": 6}\n{"st'):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        with pytest.raises(Killed):
            job(watch=dies_at("objective", 5)).train(folder)
        with open(folder / log.FILE, "a") as handle:
            handle.write(torn)
        again = job()
        again.train(folder)
        assert left(folder, again) == whole


def test_a_half_written_file_left_aside_is_no_harm(whole: dict[str, Any], tmp_path: Path) -> None:
    for name in (checkpoint.FILE, log.FILE):
        (tmp_path / f".{name}.aside").write_bytes(b"half")
    with pytest.raises(Killed):
        job(watch=dies_at("objective", 5)).train(tmp_path)
    (tmp_path / f".{checkpoint.FILE}.aside").write_bytes((tmp_path / checkpoint.FILE).read_bytes()[:100])
    (tmp_path / f".{log.FILE}.aside").write_bytes(b"half")
    again = job()
    again.train(tmp_path)
    assert left(tmp_path, again) == whole
