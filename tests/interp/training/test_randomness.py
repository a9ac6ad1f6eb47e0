"""Random numbers that belong to a step."""

import pytest
import torch
from torch import nn

from interp.training.randomness import seeded

NET = nn.Linear(1, 1)


def _draws(seed: int, step: int, purpose: str = "") -> tuple[list[float], list[float]]:
    with seeded(NET, seed, step, purpose) as generator:
        return torch.rand(4).tolist(), torch.rand(4, generator=generator).tolist()


def test_the_same_step_draws_the_same_numbers_whatever_came_before() -> None:
    first = _draws(0, 5)
    _draws(0, 6)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(99)
        assert _draws(0, 5) == first


def test_every_seed_step_purpose_and_kind_of_draw_has_its_own_stream() -> None:
    drawn = [_draws(*key) for key in [(0, 0, ""), (0, 1, ""), (1, 0, ""), (1, 1, ""), (0, 11, ""), (0, 1, "evaluate")]]
    streams = [tuple(stream) for both in drawn for stream in both]
    assert len(set(streams)) == len(streams) == 12


def test_the_streams_are_the_ones_that_runs_under_way_began_with() -> None:
    """A change here would make resumed runs differ from what they were."""
    with seeded(NET, 0, 0):
        assert torch.initial_seed() == 60700446022636373


def test_the_global_generator_is_put_back_after_an_error() -> None:
    before = torch.get_rng_state()
    with pytest.raises(IndexError), seeded(NET, 0, 0):
        torch.rand(3)[3]
    assert torch.equal(torch.get_rng_state(), before)


def test_a_module_on_the_cpu_leaves_gpus_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("manual_seed", "manual_seed_all", "get_rng_state", "set_rng_state", "init", "_lazy_init"):
        monkeypatch.setattr(torch.cuda, name, lambda *_, name=name: pytest.fail(f"torch.cuda.{name} was called"))
    _draws(0, 0)


def test_a_module_without_parameters_is_seeded_too() -> None:
    with seeded(nn.Dropout(), 0, 5):
        assert torch.rand(4).tolist() == _draws(0, 5)[0]
