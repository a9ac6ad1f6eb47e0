"""Every call that writes fails once: what was finished stays, and the next harvest ends bit-equal."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interp import resid
from interp.errors import FileError
from interp.store.receipt import finished
from tests.architectures import some_tokens
from tests.interp.store.harvested import harvested, left
from tests.interp.training.faults import Faults
from tests.interp.training.made import Killed

SMALL: dict[str, Any] = {"data": some_tokens(4, 3), "sites": resid(1), "shard": 2}
"""Two shards of one site."""


def _full() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _attempt(folder: Path, faults: Faults) -> BaseException | None:
    with pytest.MonkeyPatch.context() as patch:
        faults.install(patch)
        try:
            harvested(folder, **SMALL)
        except (FileError, Killed) as error:
            return error
    return None


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What an uninterrupted harvest leaves."""
    folder = tmp_path_factory.mktemp("whole")
    harvested(folder, **SMALL)
    return left(folder)


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many calls a whole harvest makes that can fail."""
    faults = Faults(-1, _full)
    assert _attempt(tmp_path_factory.mktemp("calls"), faults) is None
    return faults.calls


def test_a_harvest_makes_the_calls_that_are_to_fail(calls: int) -> None:
    # The lock; the manifest; two shards of three files in 2, 6 and 1 parts, two flushes of folders and the rename.
    assert calls == 1 + 8 + 2 * (3 * 4 + 2 + 6 + 1 + 2 * 2 + 1)


@pytest.mark.parametrize("kind", ["error", "death"])
def test_whichever_call_fails_the_next_harvest_ends_bit_equal(
    kind: str, calls: int, whole: dict[str, bytes], tmp_path: Path
) -> None:
    for at in range(calls):
        folder = tmp_path / str(at)
        died = _attempt(folder, Faults(at, _full if kind == "error" else Killed, torn=True))
        assert isinstance(died, FileError if kind == "error" else Killed), f"call {at}"
        after = left(folder) if folder.exists() else {}
        if kind == "error":
            assert "No space left on device" in str(died), f"call {at}"
            assert not any("aside" in name for name in after), f"call {at}"
        # What looks finished is finished: each shard is there as it should be, or not at all.
        for shard in range(2):
            if finished(folder, shard):
                names = [name for name in whole if name.startswith(f"shards/0000{shard}")]
                assert {name: after[name] for name in names} == {name: whole[name] for name in names}, f"call {at}"
        harvested(folder, **SMALL)
        assert left(folder) == whole, f"call {at}"


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(failing=st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=2, max_size=4))
def test_harvests_that_fail_one_after_the_other_do_no_harm(
    failing: list[tuple[int, bool]], whole: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("again")
    for at, dies in failing:
        _attempt(folder, Faults(at, Killed if dies else _full, torn=True))
    harvested(folder, **SMALL)
    assert left(folder) == whole


def test_a_disk_that_fills_up_in_the_second_shard_leaves_the_first(calls: int, tmp_path: Path) -> None:
    first = 1 + 8 + (calls - 9) // 2
    died = _attempt(tmp_path, Faults(first + 3, _full, torn=True))
    assert "00001" in str(died)
    assert "unharmed" in str(died)
    assert finished(tmp_path, 0)
    assert [path.name for path in (tmp_path / "shards").iterdir()] == ["00000"]
