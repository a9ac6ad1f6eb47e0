"""Training: exact after any death, clear about what it refuses, and it finds what was planted."""

import errno
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from interp.dictionaries.architectures import L1, Architecture, JumpReLU, TopK
from interp.dictionaries.batches import KEY, Batches
from interp.dictionaries.side_by_side import Job, SideBySide
from interp.dictionaries.trainer import train, train_many
from interp.dictionaries.training import Training
from interp.errors import FileError, InterpError, ShapeError, UnknownNameError
from interp.training import checkpoint, log
from tests.forked import victim
from tests.interp.dictionaries.made import (
    ACTIVE,
    JOBS,
    TINY,
    directions,
    files,
    planted,
    stream,
    trained,
)
from tests.interp.dictionaries.victim import main
from tests.interp.training.faults import Faults
from tests.interp.training.made import Killed

FEW = {name: JOBS[name] for name in ("topk", "jumprelu")}
"""Enough for a training that is started many times."""

Files = dict[str, dict[str, bytes]]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The dictionaries that an uninterrupted training leaves."""
    return trained(tmp_path_factory.mktemp("whole"))


def test_the_same_training_again_gives_the_same_files(whole: Files, tmp_path: Path) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(12345)  # global generators decide nothing
        assert trained(tmp_path) == whole


def test_another_seed_is_another_dictionary(whole: Files) -> None:
    assert whole["topk"] != whole["other seed"]


@pytest.mark.parametrize("name", JOBS)
def test_a_dictionary_beside_others_is_the_one_trained_alone(whole: Files, name: str, tmp_path: Path) -> None:
    assert trained(tmp_path, {name: JOBS[name]})[name] == whole[name]


def test_the_order_of_jobs_does_not_matter(whole: Files, tmp_path: Path) -> None:
    assert trained(tmp_path, dict(reversed(JOBS.items()))) == whole


@dataclass
class Fatal:
    """The stream, in which one step is death."""

    step: int
    identity: str = stream().identity

    def __call__(self, step: int) -> dict[str, Tensor]:
        if step == self.step:
            raise Killed
        return stream()(step)


@pytest.mark.parametrize("step", range(2, 7))
def test_killed_in_any_step_and_resumed_it_ends_bit_equal(whole: Files, step: int, tmp_path: Path) -> None:
    with pytest.raises(Killed):
        train_many(Fatal(step), JOBS, TINY, tmp_path, quiet=True)
    assert trained(tmp_path) == whole


def test_a_finished_training_is_only_saved_again(whole: Files, tmp_path: Path) -> None:
    trained(tmp_path)
    (tmp_path / "topk" / "cfg.json").unlink()
    before = (tmp_path / checkpoint.FILE).read_bytes()
    assert trained(tmp_path) == whole
    assert (tmp_path / checkpoint.FILE).read_bytes() == before


def test_a_folder_of_other_settings_is_refused_and_unharmed(tmp_path: Path) -> None:
    trained(tmp_path, FEW)
    before = (tmp_path / checkpoint.FILE).read_bytes()
    changes: list[tuple[Any, dict[str, Job], Training]] = [
        (stream(), FEW, replace(TINY, rate=2e-2)),
        (stream(), FEW, replace(TINY, rows=64 * 9)),
        (stream(), {**FEW, "topk": Job(KEY, TopK(24, k=4))}, TINY),
        (stream(), {**FEW, "topk": JOBS["topk"]._replace(seed=3)}, TINY),
        (stream(), {"topk": FEW["topk"]}, TINY),
        (stream(1), FEW, TINY),
        (Batches(planted(300, seed=1), 64, 0), FEW, TINY),
    ]
    for batches, jobs, training in changes:
        with pytest.raises(FileError, match="holds a training run with other settings"):
            train_many(batches, jobs, training, tmp_path, quiet=True)
    assert (tmp_path / checkpoint.FILE).read_bytes() == before


def _full() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _read_only() -> OSError:
    return OSError(errno.EROFS, os.strerror(errno.EROFS))


def _attempt(folder: Path, faults: Faults) -> BaseException | None:
    with pytest.MonkeyPatch.context() as patch:
        faults.install(patch)
        try:
            trained(folder, FEW)
        except (FileError, Killed) as error:
            return error
    return None


@pytest.mark.parametrize("kind", ["full disk", "death"])
def test_whichever_call_fails_the_next_start_ends_bit_equal(kind: str, whole: Files, tmp_path: Path) -> None:
    counted = Faults(-1, _full)
    assert _attempt(tmp_path / "calls", counted) is None
    # Checkpoints after 0, 4 and 7 steps, and two files a dictionary: eight calls each. One lock; rows at 2, 4, 6, 7.
    assert counted.calls == (3 + 2 * 2) * 8 + 1 + 4 * 3 + 2 * 2
    for at in range(0, counted.calls, 4):
        folder = tmp_path / str(at)
        died = _attempt(folder, Faults(at, _full if kind == "full disk" else Killed, torn=True))
        assert isinstance(died, FileError if kind == "full disk" else Killed), f"call {at}"
        assert kind == "death" or "No space left on device" in str(died), f"call {at}"
        assert trained(folder, FEW) == {name: whole[name] for name in FEW}, f"call {at}"


def test_a_full_disk_leaves_the_dictionary_before_as_it_was(tmp_path: Path) -> None:
    before = trained(tmp_path, FEW)
    # What is left to do is one lock, the log and eight calls a file; every one of them fails once.
    for at in range(1, 1 + 8 + 4 * 8):
        died = _attempt(tmp_path, Faults(at, _full, torn=True))
        assert isinstance(died, FileError), f"call {at}"
        assert "unharmed" in str(died), f"call {at}"
        assert {name: files(tmp_path / name) for name in FEW} == before, f"call {at}"
        assert not [path for path in tmp_path.rglob(".*") if path.name != ".lock"], f"call {at}"


def test_a_read_only_disk_is_a_clear_error(tmp_path: Path) -> None:
    died = _attempt(tmp_path / "out", Faults(0, _read_only))
    assert isinstance(died, FileError)
    assert "Read-only file system" in str(died)
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match="cannot write to"):
        trained(tmp_path / "file" / "out", FEW)


def test_killed_three_times_for_real_it_ends_byte_equal(whole: Files, tmp_path: Path) -> None:
    def there(name: str) -> Callable[[], bool]:
        return (tmp_path / name).exists

    # In step 6, behind the checkpoint of step 4, whose window is written to the log.
    with victim(main, tmp_path, "step:6", reached=there(log.FILE)):
        time.sleep(0.1)
    assert (tmp_path / checkpoint.FILE).exists()
    # With half of the last checkpoint, the first one to come after resuming.
    with victim(main, tmp_path, "checkpoint:1", reached=there(f".{checkpoint.FILE}.aside")):
        time.sleep(0.1)
    assert not (tmp_path / "topk").exists()
    # With the first dictionary saved, and half of the second.
    with victim(main, tmp_path, "weights:2", reached=there("other seed/.sae_weights.safetensors.aside")):
        time.sleep(0.1)
    assert files(tmp_path / "topk") == whole["topk"]
    assert trained(tmp_path) == whole


def test_planted_directions_are_found(tmp_path: Path) -> None:
    training = Training(
        rows=128 * 300, batch=128, rate=5e-3, sample=2000, dead_after=10_000, log_every=50, checkpoint_every=300
    )
    jobs = {"topk": Job(KEY, TopK(64, k=ACTIVE)), "l1": Job(KEY, L1(64, penalty_weight=1.0))}
    untrained = SideBySide.of(Batches(planted(20_000), 128, 0), jobs, training, torch.device("cpu"))
    untrained.start()
    folders = train_many(untrained.stream, jobs, training, tmp_path, quiet=True)
    for name, folder in folders.items():
        decoder = load_file(folder / "sae_weights.safetensors")["W_dec"]
        torch.testing.assert_close(decoder.norm(dim=1), torch.ones(64))
        assert likeness(decoder) > 0.9, name
        assert likeness(untrained.weights[name].decoder.detach()) < 0.7, name


def likeness(decoder: Tensor) -> float:
    """The mean over planted directions of the cosine of the nearest learned one."""
    return float((directions() @ decoder.T).max(1).values.mean())


class Sick(SideBySide):
    """Dictionaries of which half of the latents start where nothing reaches them."""

    def start(self) -> None:
        super().start()
        for weights in self.weights.values():
            with torch.no_grad():
                weights.encoder_bias[::2] = -50.0


def dead_at_the_end(folder: Path, architecture: Architecture, **changes: Any) -> float:
    """The share of latents that are dead when a training ends, of which half were never to fire."""
    training = replace(
        Training(rows=64 * 150, batch=64, rate=2e-2, sample=500, dead_after=640, log_every=10, checkpoint_every=150),
        **changes,
    )
    batches = Batches(planted(5000), 64, 0)
    sick = Sick.of(batches, {"": Job(KEY, architecture)}, training, torch.device("cpu"))
    return sick.run(folder, quiet=True).log[-1]["dead"]


@pytest.mark.parametrize("architecture", [TopK(32, k=ACTIVE), L1(32, penalty_weight=0.1), JumpReLU(32)])
def test_dead_latents_come_back_by_either_way_and_stay_dead_without(architecture: Architecture, tmp_path: Path) -> None:
    assert dead_at_the_end(tmp_path / "none", architecture, aux=0.0) >= 0.5
    assert dead_at_the_end(tmp_path / "resampled", architecture, aux=0.0, resample_every=1280) < 0.4
    assert dead_at_the_end(tmp_path / "aux", architecture, aux=1.0, rate=0.5, clip=None) < 0.25


@pytest.mark.parametrize("kind", [L1, JumpReLU])
def test_the_more_sparsity_weighs_the_fewer_latents_fire(kind: type[L1] | type[JumpReLU], tmp_path: Path) -> None:
    training = Training(rows=64 * 120, batch=64, rate=2e-2, sample=500, log_every=20, checkpoint_every=120)
    jobs = {f"{weight}": Job(KEY, kind(32, penalty_weight=weight)) for weight in (0.01, 0.1, 1.0)}
    side = SideBySide.of(Batches(planted(5000), 64, 0), jobs, training, torch.device("cpu"))
    last = side.run(tmp_path, quiet=True).log[-1]
    little, some, much = (last[f"{name}/l0"] for name in jobs)
    assert little > 1.2 * some > 1.44 * much > 0


def test_names_of_jobs_are_folders_and_many_sites_are_one_pass(tmp_path: Path) -> None:
    read: list[int] = []

    class Sites:
        identity = "two sites"

        def __call__(self, step: int) -> dict[str, Tensor]:
            read.append(step)
            rows = planted(64, seed=step)
            return {"early": rows[:, :10], "late": rows}

    jobs = {"early/0": Job("early", TopK(8, k=1), 0), "late/3": Job("late", L1(8), 3, {"hook_name": "late"})}
    folders = train_many(Sites(), jobs, TINY, tmp_path, quiet=True)
    assert folders == {"early/0": tmp_path / "early/0", "late/3": tmp_path / "late/3"}
    assert load_file(folders["early/0"] / "sae_weights.safetensors")["W_dec"].shape == (8, 10)
    assert b'"hook_name": "late"' in files(folders["late/3"])["cfg.json"]
    # Seven steps: none is read more often because there are two dictionaries (resampling reads its step again).
    assert max(read.count(step) for step in range(2, 7)) <= 2


def test_nothing_to_train_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InterpError, match="no dictionaries to train"):
        train_many(stream(), {}, TINY, tmp_path)
    with pytest.raises(UnknownNameError, match="unknown source of activations 'nowhere'"):
        train_many(stream(), {"a": Job("nowhere", TopK(8, k=1))}, TINY, tmp_path)
    assert not list(tmp_path.iterdir())


def test_fewer_rows_than_a_batch_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ShapeError, match="63 rows of activations are fewer than a batch of 64"):
        train(planted(63), TopK(8, k=1), training=TINY, out=tmp_path, quiet=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("value", [0.1, torch.nan, torch.inf])
def test_activations_that_cannot_be_learned_from_are_refused_before_anything_is_written(
    value: float, tmp_path: Path
) -> None:
    says = "all the same" if value == 0.1 else "NaN or infinity"
    with pytest.raises(ShapeError, match=says):
        train(torch.full((100, 16), value), TopK(8, k=1), training=TINY, out=tmp_path, quiet=True)
    assert not (tmp_path / checkpoint.FILE).exists()


@dataclass
class Spoilt:
    """The stream, in which a step holds a value that is none."""

    value: float
    identity: str = "spoilt"

    def __call__(self, step: int) -> dict[str, Tensor]:
        rows = planted(64, seed=step)
        if step == 5:
            rows[3, 3] = self.value
        return {KEY: rows}


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_a_bad_value_that_comes_late_stops_the_training_and_harms_no_checkpoint(value: float, tmp_path: Path) -> None:
    with pytest.raises(InterpError, match=r"in step 6\. The last checkpoint is unharmed"):
        train_many(Spoilt(value), JOBS, TINY, tmp_path, quiet=True)
    assert not (tmp_path / "topk").exists()
    tensors = load_file(tmp_path / checkpoint.FILE)
    assert all(tensor.isfinite().all() for tensor in tensors.values())


def test_several_sites_are_no_single_dictionary() -> None:
    class Sites:
        identity = "two sites"

        def __call__(self, step: int) -> dict[str, Tensor]:
            return {"early": planted(64, step), "late": planted(64, step)}

    with pytest.raises(ShapeError, match="one dictionary reads one site, not 2"):
        train(Sites(), TopK(8, k=1), training=TINY)
