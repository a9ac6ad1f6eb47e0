"""Both ways to search compute the same loss, and memory is counted where it should be."""

import pytest
import torch

from benchmarks import subnetworks
from benchmarks.options import Options
from benchmarks.subnetworks import NAIVE, PLAIN, SEARCH, made, memory, ways


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"VOCABULARY": 60, "WIDTH": 32, "DEPTH": 2}.items():
        monkeypatch.setattr(subnetworks, name, value)


def test_a_search_step_with_nothing_saved_has_the_same_loss_again_and_again() -> None:
    steps = ways(made(Options(), 2, positions=16))
    ours, theirs = ([steps[name]() for _ in range(4)] for name in (SEARCH, NAIVE))
    torch.testing.assert_close(torch.stack(ours), torch.stack(theirs).to(ours[0]), rtol=1e-4, atol=1e-4)
    assert ours[0] != ours[3]
    assert steps[PLAIN]().isfinite()


def test_a_search_needs_less_than_one_with_nothing_saved() -> None:
    needs = memory(made(Options(), 1, positions=2))
    assert 4 < needs[SEARCH] < needs[NAIVE]
