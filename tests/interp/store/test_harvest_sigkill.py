"""A real death in the middle of a shard, and a process that goes on as if nothing had been."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from interp.errors import FileError
from interp.store.receipt import finished
from tests.interp.store.harvested import harvested, left

_ROOT = Path(__file__).parents[3]
_PATIENCE = 300.0
"""Seconds until a process that does not come to the moment is given up; a busy machine is slow."""


def test_killed_while_it_writes_it_ends_bit_equal(tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    # As many threads as here: another number may change last bits.
    environment = {**os.environ, "OMP_NUM_THREADS": str(torch.get_num_threads())}
    victim = subprocess.Popen(
        [sys.executable, "-m", "tests.interp.store.victim", str(folder), "1"],
        cwd=_ROOT, env=environment, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        began = time.monotonic()
        while not list(folder.glob("shards/.00001.*.aside/rows_1.safetensors")):
            assert victim.poll() is None, victim.communicate()[1].decode()
            assert time.monotonic() - began < _PATIENCE, "never came to shard 1"
            time.sleep(0.01)
        with pytest.raises(FileError, match="another process is harvesting"):
            harvested(folder)
    finally:
        victim.send_signal(signal.SIGKILL)
        victim.communicate()
    assert [finished(folder, shard) is not None for shard in range(4)] == [True, False, False, False]
    harvested(folder)
    harvested(tmp_path / "whole")
    assert left(folder) == left(tmp_path / "whole")
