"""The loop: exact after any death, and clear about what it refuses."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from interp.files import read_tensors
from interp.training import Plan, checkpoint, constant, log, train
from tests.interp.training.made import OPTIMIZERS, PLAN, Killed, bits, calm, dies_at, job, left

PLACES = [("objective", step) for step in range(9)] + [("after_step", step) for step in range(9)]
PLACES += [("evaluate", step) for step in (4, 8, 9)]


@pytest.fixture(scope="module", params=OPTIMIZERS)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """What an uninterrupted run leaves, by optimiser."""
    folder = tmp_path_factory.mktemp("whole")
    here = job(request.param)
    here.train(folder)
    return request.param, left(folder, here)


@pytest.mark.parametrize(("place", "step"), PLACES)
def test_killed_at_any_step_and_resumed_it_ends_bit_equal(
    whole: tuple[str, dict[str, Any]], place: str, step: int, tmp_path: Path
) -> None:
    optimizer, expected = whole
    with pytest.raises(Killed):
        job(optimizer, dies_at(place, step)).train(tmp_path)
    again = job(optimizer)
    again.train(tmp_path)
    assert left(tmp_path, again) == expected


def test_killed_again_and_again_it_ends_bit_equal(whole: tuple[str, dict[str, Any]], tmp_path: Path) -> None:
    optimizer, expected = whole
    for place, step in [("objective", 2), ("evaluate", 4), ("after_step", 3), ("objective", 4), ("evaluate", 9)]:
        with pytest.raises(Killed):
            job(optimizer, dies_at(place, step)).train(tmp_path)
    again = job(optimizer)
    again.train(tmp_path)
    assert left(tmp_path, again) == expected


@pytest.mark.parametrize("step", [0, 2, 6])
def test_the_same_objects_can_be_handed_in_again_after_an_interruption(
    whole: tuple[str, dict[str, Any]], step: int, tmp_path: Path
) -> None:
    optimizer, expected = whole
    here = job(optimizer, dies_at("after_step", step))
    with pytest.raises(Killed):
        here.train(tmp_path)
    here.watch = calm
    here.train(tmp_path)
    assert left(tmp_path, here) == expected


def test_rows_say_step_rate_window_means_and_evaluations(tmp_path: Path) -> None:
    outcome = job().train(tmp_path, schedule=lambda step: 0.01 * (step + 1))
    assert [row["step"] for row in outcome.log] == [2, 4, 6, 8, 9]
    assert [row["rate"] for row in outcome.log] == pytest.approx([0.02, 0.04, 0.06, 0.08, 0.09])
    # Sixteen examples a step, copied as they were then: the buffer itself goes on counting.
    assert [row["seen"] for row in outcome.log] == [24.0, 56.0, 88.0 + 32, 120.0 + 32, 144.0 + 64]
    assert ["held_out" in row for row in outcome.log] == [False, True, False, True, True]
    assert outcome.steps == 9
    assert outcome.log == log.read(tmp_path)


def test_a_window_mean_is_the_mean_of_its_steps(tmp_path: Path) -> None:
    losses = [0.5, 1.5, 4.0]
    net = nn.Linear(1, 1)

    def objective(step: int, generator: torch.Generator) -> dict[str, Tensor]:
        return {"loss": net.weight.sum() * 0 + losses[step]}

    sgd = torch.optim.SGD(net.parameters())
    outcome = train(net, sgd, objective, Plan(3, 2, 2), constant(0.1), tmp_path, seed=0, identity="", quiet=True)
    assert [row["loss"] for row in outcome.log] == [1.0, 4.0]


def test_one_step_of_plain_descent_is_what_a_pencil_gives(tmp_path: Path) -> None:
    weight = nn.Parameter(torch.tensor([3.0, 4.0]))
    module = nn.ParameterList([weight])

    def objective(step: int, generator: torch.Generator) -> dict[str, Tensor]:
        return {"loss": (weight**2).sum() / 2}

    sgd = torch.optim.SGD([weight])
    plan = Plan(1, 1, 1, clip=1.0)
    train(module, sgd, objective, plan, constant(0.5), tmp_path / "a", seed=0, identity="", quiet=True)
    # The gradient (3, 4) has norm 5 and is cut to (0.6, 0.8).
    torch.testing.assert_close(weight.detach(), torch.tensor([2.7, 3.6]), rtol=1e-5, atol=0)
    plan = Plan(1, 1, 1, clip=None)
    train(module, sgd, objective, plan, constant(0.5), tmp_path / "b", seed=0, identity="", quiet=True)
    torch.testing.assert_close(weight.detach(), torch.tensor([1.35, 1.8]), rtol=1e-5, atol=0)


def test_the_scale_of_a_parameter_group_multiplies_its_learning_rate(tmp_path: Path) -> None:
    plain, scaled = nn.Parameter(torch.tensor(1.0)), nn.Parameter(torch.tensor(1.0))
    module = nn.ParameterList([plain, scaled])

    def objective(step: int, generator: torch.Generator) -> dict[str, Tensor]:
        return {"loss": plain + scaled}

    groups: list[dict[str, Any]] = [{"params": [plain]}, {"params": [scaled], "scale": 0.25}]
    sgd = torch.optim.SGD(groups)
    plan = Plan(2, 1, 1, clip=None)
    outcome = train(
        module, sgd, objective, plan, lambda step: [0.5, 1.0][step], tmp_path, seed=0, identity="", quiet=True
    )
    assert (plain.item(), scaled.item()) == (1 - 1.5, 1 - 0.375)
    assert [row["rate"] for row in outcome.log] == [0.5, 1.0]


def test_the_scale_of_a_parameter_group_survives_a_death(tmp_path: Path) -> None:
    def run(folder: Path, dies: int) -> dict[str, Any]:
        one, other = nn.Parameter(torch.tensor([1.0, -2.0])), nn.Parameter(torch.tensor([0.5]))
        module = nn.ParameterList([one, other])
        adam = torch.optim.Adam([{"params": [one], "scale": 0.1}, {"params": [other], "scale": 3.0}])

        def objective(step: int, generator: torch.Generator) -> dict[str, Tensor]:
            if step == dies:
                raise Killed
            return {"loss": (one**2).sum() * other.exp().sum()}

        train(module, adam, objective, PLAN, constant(0.01), folder, seed=0, identity="", quiet=True)
        return bits(module, adam)

    expected = run(tmp_path / "a", dies=-1)
    with pytest.raises(Killed):
        run(tmp_path / "b", dies=6)
    assert run(tmp_path / "b", dies=-1) == expected


def test_a_finished_run_is_left_as_it_is(tmp_path: Path) -> None:
    first = job()
    outcome = first.train(tmp_path)
    before = left(tmp_path, first)

    def watch(place: str, step: int) -> None:
        pytest.fail(f"{place} {step}")

    again = job(watch=watch)
    assert again.train(tmp_path).log == outcome.log
    assert left(tmp_path, again) == before


def test_another_seed_is_another_run(tmp_path: Path) -> None:
    one, other = job(), job()
    one.train(tmp_path / "1", seed=1)
    other.train(tmp_path / "2", seed=2)
    assert bits(one.net, one.optimizer) != bits(other.net, other.optimizer)


def test_dropout_and_the_generator_draw_independent_numbers(tmp_path: Path) -> None:
    drawn: list[tuple[Tensor, Tensor]] = []
    net = nn.Linear(1, 1)

    def objective(step: int, generator: torch.Generator) -> dict[str, Tensor]:
        drawn.append((torch.rand(100), torch.rand(100, generator=generator)))
        return {"loss": net.weight.sum()}

    sgd = torch.optim.SGD(net.parameters())
    train(net, sgd, objective, Plan(2, 1, 1), constant(0.1), tmp_path, seed=0, identity="", quiet=True)
    (a, b), (c, d) = drawn
    every = torch.stack([a, b, c, d])
    assert torch.corrcoef(every).triu(1).abs().max() < 0.5


@pytest.fixture
def strangers() -> Iterator[list[Any]]:
    """The state of every global generator, compared at the end; not Python's, from which the type checker draws."""

    def now() -> list[Any]:
        return [torch.get_rng_state().tolist(), np.random.get_state()[1].tolist()]  # type: ignore[index] # noqa: NPY002

    before = now()
    yield before
    assert now() == before


def test_global_generators_are_as_before(strangers: list[Any], tmp_path: Path) -> None:
    job().train(tmp_path)


def test_global_generators_are_as_before_when_it_dies(strangers: list[Any], tmp_path: Path) -> None:
    for place in ("objective", "after_step", "evaluate"):
        with pytest.raises(Killed):
            job(watch=dies_at(place, 4)).train(tmp_path / place)


def test_what_was_drawn_before_changes_nothing(whole: tuple[str, dict[str, Any]], tmp_path: Path) -> None:
    optimizer, expected = whole
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(12345)
        here = job(optimizer)
        here.train(tmp_path)
    assert left(tmp_path, here) == expected


def test_training_modes_that_an_evaluation_changes_are_put_back(tmp_path: Path) -> None:
    here = job()
    here.net.norm.eval()  # one part may be frozen on purpose
    here.train(tmp_path)
    assert here.net.training
    assert here.net.drop.training
    assert not here.net.norm.training


def test_tied_weights_stay_tied_and_are_saved_once(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        job(watch=dies_at("objective", 5)).train(tmp_path)
    again = job()
    again.train(tmp_path)
    assert again.net.embed.weight is again.net.unembed.weight
    tensors, _ = read_tensors(tmp_path / checkpoint.FILE)
    assert "module/embed.weight" in tensors
    assert "module/unembed.weight" not in tensors


def test_a_longer_plan_goes_on(tmp_path: Path) -> None:
    job().train(tmp_path / "a", Plan(8, 2, 4))
    longer, straight = job(), job()
    longer.train(tmp_path / "a")
    straight.train(tmp_path / "b")
    assert left(tmp_path / "a", longer) == left(tmp_path / "b", straight)


@pytest.mark.parametrize("plan", [Plan(1, 1, 1), Plan(1, 5, 10), Plan(3, 1, 1), Plan(7, 3, 3), Plan(4, 4, 4)])
def test_any_plan_ends_with_a_row_and_a_checkpoint(plan: Plan, tmp_path: Path) -> None:
    here = job()
    outcome = here.train(tmp_path, plan)
    assert outcome.log[-1]["step"] == plan.steps
    assert "held_out" in outcome.log[-1]
    assert left(tmp_path, here)["saved"] == plan.steps


@pytest.mark.parametrize(("until", "ends"), [(0, 2), (2, 2), (3, 4), (4, 4), (5, 6), (8, 8), (9, 9), (20, 9)])
def test_it_ends_early_at_the_first_row_where_it_is_told_to(until: int, ends: int, tmp_path: Path) -> None:
    here = job()
    outcome = here.train(tmp_path, until=lambda done: done >= until)
    assert (outcome.steps, outcome.log[-1]["step"], left(tmp_path, here)["saved"]) == (ends, ends, ends)
    assert "held_out" in outcome.log[-1]


@pytest.mark.parametrize("place", ["objective", "after_step", "evaluate"])
@pytest.mark.parametrize("step", range(6))
def test_ended_early_after_a_death_it_is_bit_equal_and_stays_so(place: str, step: int, tmp_path: Path) -> None:
    ends: dict[str, Any] = {"until": lambda done: done >= 5}
    straight, again = job(), job()
    straight.train(tmp_path / "a", **ends)
    with pytest.raises(Killed) if place != "evaluate" or step == 4 else nullcontext():
        job(watch=dies_at(place, step)).train(tmp_path / "b", **ends)
    again.train(tmp_path / "b", **ends)
    assert left(tmp_path / "b", again) == left(tmp_path / "a", straight)
    before = (tmp_path / "b" / checkpoint.FILE).read_bytes()
    assert job().train(tmp_path / "b", **ends).steps == 6
    assert (tmp_path / "b" / checkpoint.FILE).read_bytes() == before


def test_progress_goes_to_standard_error_unless_quiet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job().train(tmp_path / "a", quiet=True)
    assert capsys.readouterr().err == ""
    job().train(tmp_path / "b", quiet=False)
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("step 2/9  ")
    assert said[-1].startswith("step 9/9  ")
    assert "0:00:00 left" in said[-1]
    assert "loss" in said[-1]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("step", [3, 5])
def test_on_a_gpu_too_it_ends_bit_equal(step: int, tmp_path: Path) -> None:
    def on_gpu(folder: Path, dies: int) -> dict[str, Any]:
        net = nn.Sequential(nn.Linear(6, 32), nn.Dropout(0.5), nn.Linear(32, 6)).cuda()
        with torch.no_grad():
            for place, weight in enumerate(net.parameters()):
                weight.copy_(torch.randn(weight.shape, generator=torch.Generator().manual_seed(place)))
        adamw = torch.optim.AdamW(net.parameters(), fused=True)

        def objective(now: int, generator: torch.Generator) -> dict[str, Tensor]:
            if now == dies:
                raise Killed
            return {"loss": (net(torch.randn(16, 6, generator=generator).cuda()) ** 2).mean()}

        train(net, adamw, objective, PLAN, constant(0.01), folder, seed=0, identity="", quiet=True)
        return bits(net, adamw)

    before = torch.cuda.get_rng_state().tolist()
    expected = on_gpu(tmp_path / "a", dies=-1)
    with pytest.raises(Killed):
        on_gpu(tmp_path / "b", dies=step)
    assert on_gpu(tmp_path / "b", dies=-1) == expected
    assert torch.cuda.get_rng_state().tolist() == before
