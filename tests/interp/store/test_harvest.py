"""A harvest holds what a capture gives, goes on where it stopped, and never mixes."""

import errno
import os
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from interp import Model, Sequences, capture, load, resid, z
from interp.errors import FileError, InterpError, ModelError, ShapeError, UnknownNameError
from interp.store.manifest import FILE
from interp.store.receipt import FILE as RECEIPT
from interp.store.receipt import finished, shard_folder
from interp.training.lock import locked
from tests.architectures import fresh, made, some_tokens
from tests.interp.store.harvested import SITES, data, harvested, left
from tests.interp.training.faults import Faults


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of an uninterrupted harvest."""
    folder = tmp_path_factory.mktemp("whole")
    harvested(folder)
    return left(folder)


def _interrupted(folder: Path, calls: int, error: Callable[[], BaseException] = KeyboardInterrupt) -> None:
    """A harvest whose model raises in its n-th batch of two; shards have two of them, but the last has one."""
    seen = 0

    class Interrupted(Model):
        def checked(self, tokens: Any) -> Any:
            nonlocal seen
            if tokens.shape[1] > 2 and len(tokens) > 1:  # a batch, not a look at the first sequence
                seen += 1
                if seen == calls:
                    raise error()
            return super().checked(tokens)

    gpt2 = made("gpt2")
    with pytest.raises(type(error())):
        harvested(folder, Interrupted(gpt2.hf, gpt2.anatomy, gpt2.name))


def test_a_store_holds_what_a_capture_gives_and_every_row_is_traced(gpt2: Model, tmp_path: Path) -> None:
    store = harvested(tmp_path)
    given = data()
    acts = capture(gpt2, given.tokens, SITES)
    for one in SITES:
        expected = acts[one] if one.kind != "pattern" else acts[one].transpose(1, 2)
        found = store[one].tensor()
        assert found.dtype == torch.float16
        assert torch.allclose(found.float(), expected[given.kept], rtol=1e-3, atol=1e-4)
    rows = given.kept.nonzero()
    assert torch.equal(store.index.sequence, rows[:, 0].int())
    assert torch.equal(store.index.position, rows[:, 1].int())
    assert torch.equal(store.index.document, given.documents[given.kept].int())
    assert torch.equal(store.index.place, given.places[given.kept].int())
    assert torch.equal(store.index.token, given.tokens[given.kept].int())
    store.verify()


def test_plain_tokens_will_do(gpt2: Model, tmp_path: Path) -> None:
    store = harvested(tmp_path, data=some_tokens(3, 7), sites=resid(1), dtype=torch.float32)
    expected = capture(gpt2, some_tokens(3, 7), resid(1))[resid(1)].flatten(0, 1)
    assert torch.allclose(store[resid(1)].tensor(), expected, atol=1e-6)
    assert store.manifest.data == "tokens"


def test_only_files_that_belong_there_are_there(whole: dict[str, bytes]) -> None:
    names = [f"rows_{number}.safetensors" for number in range(4)] + ["index.safetensors", RECEIPT]
    shards = {f"shards/{shard:05}/{name}" for shard in range(4) for name in names}
    assert whole.keys() == {FILE, ".lock"} | shards


@pytest.mark.parametrize(("calls", "shards"), [(1, 0), (3, 1), (4, 1), (5, 3)])
def test_interrupted_it_goes_on_where_it_stopped(
    calls: int, shards: int, whole: dict[str, bytes], tmp_path: Path
) -> None:
    _interrupted(tmp_path, calls)
    done = left(tmp_path)
    assert done.keys() < whole.keys()
    assert all(whole[name] == content for name, content in done.items())
    before = {name: (tmp_path / name).stat().st_mtime_ns for name in done if name.startswith("shards")}
    # What was read whole has been written.
    assert len(before) == 6 * shards
    harvested(tmp_path)
    assert left(tmp_path) == whole
    assert all((tmp_path / name).stat().st_mtime_ns == time for name, time in before.items())


def test_a_finished_harvest_is_only_opened(
    whole: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = harvested(tmp_path)
    monkeypatch.setattr("interp.store.harvest.write_shard", None)
    assert len(harvested(tmp_path)) == len(store)
    assert left(tmp_path) == whole


@pytest.mark.parametrize("shard", [0, 2, 3])
def test_a_shard_is_made_from_manifest_and_number_alone(shard: int, whole: dict[str, bytes], tmp_path: Path) -> None:
    harvested(tmp_path)
    shutil.rmtree(shard_folder(tmp_path, shard))
    harvested(tmp_path)
    assert left(tmp_path) == whole


@pytest.mark.parametrize("name", [RECEIPT, "rows_0.safetensors", "index.safetensors"])
@pytest.mark.parametrize("gone", [True, False])
def test_a_damaged_shard_is_made_again(name: str, gone: bool, whole: dict[str, bytes], tmp_path: Path) -> None:
    harvested(tmp_path)
    path = shard_folder(tmp_path, 1) / name
    if gone:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-7])
    (shard_folder(tmp_path, 1) / "stranger").write_bytes(b"")
    harvested(tmp_path)
    assert left(tmp_path) == whole


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"data": data(seed=1)}, "data_fingerprint"),
        ({"sites": SITES[:2]}, "sites"),
        ({"dtype": "bfloat16"}, "dtype"),
        ({"batch": 3}, "batch"),
        ({"shard": 6}, "per_shard"),
    ],
)
def test_a_changed_setting_or_corpus_refuses_to_mix(
    change: dict[str, Any], field: str, whole: dict[str, bytes], tmp_path: Path
) -> None:
    harvested(tmp_path)
    with pytest.raises(FileError, match=rf"holds another harvest: .*{field} is .* was asked for"):
        harvested(tmp_path, **change)
    assert left(tmp_path) == whole


def test_a_changed_model_refuses_to_mix(whole: dict[str, bytes], tmp_path: Path) -> None:
    _interrupted(tmp_path, 5)
    other = load(fresh("gpt2"))
    with torch.no_grad():
        other.hf.transformer.h[0].mlp.c_fc.bias[3] += 1e-3
    with pytest.raises(FileError, match="model_fingerprint is"):
        harvested(tmp_path, other)
    harvested(tmp_path)
    assert left(tmp_path) == whole


def test_before_the_first_shard_there_is_nothing_to_mix_with(whole: dict[str, bytes], tmp_path: Path) -> None:
    blank = load(fresh("gpt2"))
    with torch.no_grad():
        blank.hf.transformer.wte.weight.zero_()
        blank.hf.transformer.wpe.weight.zero_()
    with pytest.raises(ShapeError, match="constant"):
        harvested(tmp_path, blank)
    harvested(tmp_path)
    assert left(tmp_path) == whole


def test_shards_of_nobody_are_left_alone(tmp_path: Path) -> None:
    harvested(tmp_path)
    (tmp_path / FILE).unlink()
    before = left(tmp_path)
    with pytest.raises(FileError, match=r"has shards but no manifest\.json"):
        harvested(tmp_path)
    assert left(tmp_path) == before


def test_a_damaged_manifest_is_a_clear_error(tmp_path: Path) -> None:
    harvested(tmp_path)
    (tmp_path / FILE).write_text("{")
    with pytest.raises(FileError, match=r"cannot read .*manifest\.json"):
        harvested(tmp_path)


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(FileError, match="another process is harvesting into"):
        harvested(tmp_path)


def test_another_number_of_threads_warns(tmp_path: Path) -> None:
    _interrupted(tmp_path, 5)
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        with pytest.warns(UserWarning, match=f"begun with threads {threads}, now {threads + 1}"):
            harvested(tmp_path)
    finally:
        torch.set_num_threads(threads)


def test_nothing_to_read_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ShapeError, match="at least one of each"):
        harvested(tmp_path / "a", data=torch.zeros(0, 7, dtype=torch.long))
    with pytest.raises(ShapeError, match="no position of empty counts"):
        Sequences.of(some_tokens(2, 3), torch.zeros(2, 3, dtype=torch.bool), "empty")
    assert not (tmp_path / "a").exists()


def test_what_can_be_known_before_is_said_before_anything_is_written(gpt2: Model, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="unknown executor"):
        harvested(tmp_path / "a", executor="dask")
    with pytest.raises(InterpError, match="serial executor has one worker"):
        harvested(tmp_path / "a", workers=2)
    with pytest.raises(UnknownNameError, match="unknown site"):
        harvested(tmp_path / "a", sites=resid(7))
    assert not (tmp_path / "a").exists()


def test_bad_activations_in_a_later_shard_leave_the_earlier_ones(whole: dict[str, bytes], tmp_path: Path) -> None:
    model = load(fresh("gpt2"))
    given = data()
    once = next(t for t in range(50) if (given.tokens == t).any() and not (given.tokens[:15] == t).any())
    with torch.no_grad():
        model.hf.transformer.wte.weight[once] = float("nan")
    with pytest.raises(ModelError, match=r"in shard 3 \(sequences 15 to 17\) holds NaN or infinity"):
        harvested(tmp_path, model)
    assert [finished(tmp_path, shard) is not None for shard in range(4)] == [True, True, True, False]


def test_a_disk_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    for number in (errno.EROFS, errno.EACCES):
        with pytest.MonkeyPatch.context() as patch:
            Faults(0, lambda number=number: OSError(number, os.strerror(number))).install(patch)  # type: ignore[misc]
            with pytest.raises(FileError, match=f"cannot write to .*{os.strerror(number)}"):
                harvested(tmp_path / "a")
    (tmp_path / "b").write_bytes(b"")
    with pytest.raises(FileError, match=r"cannot write to .*b"):
        harvested(tmp_path / "b")


def test_a_harvest_says_rate_and_time_left_in_rows(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        harvested(tmp_path, quiet=False)
    said = capsys.readouterr().err.splitlines()
    assert said[-1].startswith(f"row {data().rows}/{data().rows}  ")
    assert said[-1].endswith("/s  0:00:00 left")
    harvested(tmp_path, quiet=False)
    assert capsys.readouterr().err == ""


def test_a_model_in_half_precision_is_read_too(tmp_path: Path) -> None:
    model = load(fresh("llama").to(torch.bfloat16))
    store = harvested(tmp_path, model, sites=[resid(1), z(0)], dtype="bfloat16")
    expected = capture(model, data().tokens[:5], resid(1), batch=2)[resid(1)]
    assert torch.equal(store[resid(1)].tensor()[:35], expected.flatten(0, 1))
