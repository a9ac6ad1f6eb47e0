"""A search that is killed goes on and ends with the same mask, bit for bit."""

import errno
import os
from pathlib import Path

import pytest

from interp.errors import FileError
from interp.training import log
from tests.forked import victim
from tests.interp.subnetworks.made import PLANS, run, same
from tests.interp.subnetworks.victim import main
from tests.interp.training.faults import Faults
from tests.interp.training.made import Killed


@pytest.mark.parametrize("plan", PLANS)
def test_whichever_step_it_dies_in_it_ends_bit_equal(plan: str, tmp_path: Path) -> None:
    whole = run(tmp_path / "whole", PLANS[plan])

    def dies(at: int) -> None:
        seen = 0

        def watch(step: int) -> None:
            nonlocal seen
            seen += step == at
            if seen > (at == 0):  # the first step's tokens are asked for once more, for the identity
                raise Killed

        with pytest.raises(Killed):
            run(tmp_path / "killed", PLANS[plan], watch)

    for at in (0, 3, 4, 9):
        dies(at)
    assert same(run(tmp_path / "killed", PLANS[plan]), whole)


@pytest.mark.parametrize("torn", [False, True])
def test_a_disk_that_is_full_for_a_while_does_no_harm(torn: bool, tmp_path: Path) -> None:
    whole = run(tmp_path / "whole", PLANS["size"])
    folder = tmp_path / "faulty"
    for at in (0, 3, 12, 20, 31):
        with pytest.MonkeyPatch.context() as patch:
            faults = Faults(at, lambda: OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), torn)
            faults.install(patch)
            with pytest.raises(FileError, match="No space left on device"):
                run(folder, PLANS["size"])
    assert same(run(folder, PLANS["size"]), whole)


def test_killed_by_the_system_it_ends_bit_equal(tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    with victim(main, folder, "size", 7, reached=lambda: len(log.read(folder / "attempt-0")) >= 3):
        pass
    assert same(run(folder, PLANS["size"]), run(tmp_path / "whole", PLANS["size"]))


def test_a_folder_of_another_search_is_refused(tmp_path: Path) -> None:
    run(tmp_path, PLANS["lambda"])
    with pytest.raises(FileError, match="other settings"):
        run(tmp_path, PLANS["lambda"].changed(lam=2.0))
