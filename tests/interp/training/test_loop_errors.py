"""What the loop refuses, and what survives it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from interp.errors import FileError, InterpError
from interp.files import read_tensors
from interp.training import Plan, checkpoint
from tests.interp.training.made import Killed, Net, dies_at, job, left


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What an uninterrupted run leaves."""
    folder = tmp_path_factory.mktemp("whole")
    here = job()
    here.train(folder)
    return left(folder, here)


def test_other_settings_are_refused_and_nothing_changes(tmp_path: Path) -> None:
    job().train(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(FileError, match="other settings"):
        job().train(tmp_path, identity="others")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_plan_shorter_than_what_is_there_is_refused(tmp_path: Path) -> None:
    job().train(tmp_path)
    with pytest.raises(FileError, match="9 steps already, more than the 8"):
        job().train(tmp_path, Plan(8, 2, 4))


def test_a_second_training_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    def intrude(place: str, step: int) -> None:
        with pytest.raises(FileError, match="another process is training"):
            job().train(tmp_path)

    job(watch=intrude).train(tmp_path)
    job().train(tmp_path)


def test_another_number_of_threads_is_warned_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here, now = torch.get_num_threads(), torch.get_num_threads() + 1
    with pytest.raises(Killed):
        job(watch=dies_at("objective", 5)).train(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(torch, "get_num_threads", lambda: now)
        with pytest.warns(UserWarning, match=f"with {here} CPU threads, this process has {now}"):
            job().train(tmp_path)


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
@pytest.mark.parametrize("step", [0, 4, 6])
def test_a_loss_that_is_not_finite_names_the_step_and_spares_the_checkpoint(
    value: str, step: int, whole: dict[str, Any], tmp_path: Path
) -> None:
    sick = job()

    def objective(now: int, generator: torch.Generator) -> dict[str, Tensor]:
        scalars = dict(sick.objective(now, generator))
        scalars["loss"] = scalars["loss"] + (float(value) if now == step else 0.0)
        return scalars

    with pytest.raises(InterpError, match=f"loss is {value} in step {step + 1}\\b"):
        sick.train(tmp_path, objective=objective)
    healthy = job()
    healthy.train(tmp_path)
    assert left(tmp_path, healthy) == whole


@pytest.mark.parametrize("clip", [1.0, None])
def test_weights_that_are_not_finite_never_reach_the_checkpoint(clip: float | None, tmp_path: Path) -> None:
    """The loss of the last step before a checkpoint is finite, and its gradient is not."""
    sick = job()

    def objective(step: int, generator: torch.Generator) -> dict[str, Tensor]:
        loss = sick.objective(step, generator)["loss"]
        return {"loss": loss + (sick.net.down.bias * 0).sqrt().sum() if step == 7 else loss}

    with pytest.raises(InterpError, match=r"the parameter \S+ holds NaN or infinity after step 8"):
        sick.train(tmp_path, Plan(9, 2, 4, clip), objective=objective)
    saved, _ = read_tensors(tmp_path / checkpoint.FILE)
    assert all(tensor.isfinite().all() for tensor in saved.values())
    assert checkpoint.load(tmp_path, *_plain(), "settings").step == 4  # type: ignore[union-attr]


def _plain() -> tuple[Net, torch.optim.Optimizer]:
    fresh = job()
    return fresh.net, fresh.optimizer


def test_weights_that_are_not_finite_at_the_start_are_refused(tmp_path: Path) -> None:
    here = job()
    with torch.no_grad():
        here.net.down.bias[1] = float("nan")
    with pytest.raises(InterpError, match=r"down\.bias holds NaN or infinity"):
        here.train(tmp_path)
    assert not (tmp_path / checkpoint.FILE).exists()


@pytest.mark.parametrize("name", ["step", "rate", "loss", "seen"])
def test_two_numbers_of_one_name_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InterpError, match=f"called '{name}'"):
        job().train(tmp_path, evaluate=lambda _: {name: 0.0})


def test_an_evaluation_may_give_any_kind_of_number(tmp_path: Path) -> None:
    numbers = {"a": np.float32(0.5), "b": torch.tensor(2.0), "c": 3, "d": True}
    outcome = job().train(tmp_path, evaluate=lambda _: numbers)
    assert {name: outcome.log[-1][name] for name in numbers} == {"a": 0.5, "b": 2.0, "c": 3.0, "d": 1.0}


def test_a_file_in_place_of_the_folder_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "here"
    path.write_text("mine")
    with pytest.raises(FileError, match=r"cannot write to .*here: File exists.*--out"):
        job().train(path)
    with pytest.raises(FileError, match=r"cannot write to .*inside: Not a directory.*--out"):
        job().train(path / "inside")
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    "wrong",
    [{"steps": 0}, {"log_every": 0}, {"checkpoint_every": 0}, {"checkpoint_every": 3}, {"clip": 0.0}, {"clip": -1.0},
     {"clip": float("nan")}],
)  # fmt: skip
def test_a_plan_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must be|multiple"):
        Plan(**{"steps": 9, "log_every": 2, "checkpoint_every": 4, **wrong})
