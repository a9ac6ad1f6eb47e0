"""Checkpoints: what goes in comes out, to the bit; what is damaged or foreign is refused."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from interp.errors import FileError, InterpError
from interp.files import read_tensors, write_tensors
from interp.training.checkpoint import FILE, Progress, load, save
from tests.interp.training.made import OPTIMIZERS, bits, job

PROGRESS = Progress(step=7, seconds=1.25, threads=3)


def _step(module: nn.Module, optimizer: torch.optim.Optimizer, seed: int = 0) -> None:
    generator = torch.Generator().manual_seed(seed)
    for parameter in module.parameters():
        parameter.grad = torch.empty_like(parameter).copy_(torch.randn(parameter.shape, generator=generator))
    optimizer.step()


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_a_state_comes_back_to_the_bit(kind: str, tmp_path: Path) -> None:
    old, new = job(kind), job(kind)
    _step(old.net, old.optimizer)
    old.optimizer.param_groups[0]["lr"] = 1 / 3
    save(tmp_path, old.net, old.optimizer, PROGRESS, "settings")
    assert load(tmp_path, new.net, new.optimizer, "settings") == PROGRESS
    assert bits(new.net, new.optimizer) == bits(old.net, old.optimizer)
    for each in (old, new):
        _step(each.net, each.optimizer, seed=1)
    assert bits(new.net, new.optimizer) == bits(old.net, old.optimizer)


def test_a_state_is_put_over_a_later_one(tmp_path: Path) -> None:
    old, fresh = job(), job()
    save(tmp_path, old.net, old.optimizer, PROGRESS, "")
    _step(old.net, old.optimizer)
    load(tmp_path, old.net, old.optimizer, "")
    assert bits(old.net, old.optimizer) == bits(fresh.net, fresh.optimizer)


def test_nothing_saved_is_none(tmp_path: Path) -> None:
    here = job()
    assert load(tmp_path, here.net, here.optimizer, "") is None
    assert load(tmp_path / "missing", here.net, here.optimizer, "") is None


class Odd(nn.Module):
    """Tensors of every kind."""

    def __init__(self) -> None:
        super().__init__()
        self.rough = nn.Parameter(torch.tensor([1.0, 2.0, 3.0], dtype=torch.bfloat16))
        self.empty = nn.Parameter(torch.zeros(0, 3))
        self.none = nn.Parameter(torch.zeros(3, 0))
        self.frozen = nn.Parameter(torch.ones(2), requires_grad=False)
        self.register_buffer("flags", torch.tensor([True, False]))
        self.register_buffer("alias", self.rough.detach())
        self.register_buffer("limit", torch.tensor(float("-inf")))
        self.register_buffer("scratch", torch.zeros(2), persistent=False)


class Exact(torch.optim.Optimizer):
    """Keeps its sums more exactly than the weights, and plain numbers beside them."""

    def __init__(self, parameters: Any):
        super().__init__(parameters, {"lr": 1.0})

    def step(self, closure: Any = None) -> None:  # type: ignore[override]  # noqa: ARG002
        for group in self.param_groups:
            for parameter in group["params"]:
                state = self.state[parameter]
                state.setdefault("sum/exact", torch.zeros(parameter.shape, dtype=torch.float64)).add_(1 / 3)
                state["count"] = state.get("count", 0) + 1
                state["nothing"] = None


def test_odd_tensors_and_optimisers_come_back_to_the_bit(tmp_path: Path) -> None:
    (old, ours), (new, theirs) = ((net, Exact(net.parameters())) for net in (Odd(), Odd()))
    ours.step()
    with torch.no_grad():
        old.rough.add_(1)
        old.get_buffer("flags").logical_not_()
    save(tmp_path, old, ours, PROGRESS, "")
    load(tmp_path, new, theirs, "")
    assert bits(new, theirs) == bits(old, ours)
    assert new.get_buffer("alias").data_ptr() == new.rough.data_ptr()


def test_a_state_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    here = job()
    here.optimizer.state[here.net.down.bias]["history"] = [torch.zeros(2)]
    with pytest.raises(InterpError, match=r"the state of AdamW cannot be saved.*tensors or plain numbers"):
        save(tmp_path, here.net, here.optimizer, PROGRESS, "")
    assert not (tmp_path / FILE).exists()


def test_other_settings_are_refused(tmp_path: Path) -> None:
    here = job()
    save(tmp_path, here.net, here.optimizer, PROGRESS, "one")
    with pytest.raises(FileError, match="other settings"):
        load(tmp_path, here.net, here.optimizer, "another")


@pytest.mark.parametrize(
    "module",
    [nn.Linear(4, 8), nn.Sequential(nn.Linear(4, 4)), nn.Linear(4, 4).to(torch.float64), nn.Linear(4, 4, bias=False)],
    ids=["shape", "name", "type", "number"],
)
def test_another_module_is_refused(module: nn.Module, tmp_path: Path) -> None:
    here = nn.Linear(4, 4)
    save(tmp_path, here, torch.optim.SGD(here.parameters()), PROGRESS, "")
    with pytest.raises(FileError, match="does not fit the module being trained"):
        load(tmp_path, module, torch.optim.SGD(module.parameters()), "")


def test_another_grouping_of_parameters_is_refused(tmp_path: Path) -> None:
    here = nn.Linear(4, 4)
    save(tmp_path, here, torch.optim.SGD(here.parameters()), PROGRESS, "")
    groups: list[dict[str, Any]] = [{"params": [here.weight]}, {"params": [here.bias]}]
    with pytest.raises(FileError, match="does not fit the optimiser"):
        load(tmp_path, here, torch.optim.SGD(groups), "")


def test_a_file_from_before_there_was_a_checksum_is_read(tmp_path: Path) -> None:
    old, new = job(), job()
    _step(old.net, old.optimizer)
    save(tmp_path, old.net, old.optimizer, PROGRESS, "settings")
    tensors, metadata = read_tensors(tmp_path / FILE)
    del metadata["checksum"]
    write_tensors(tmp_path / FILE, tensors, metadata)
    assert load(tmp_path, new.net, new.optimizer, "settings") == PROGRESS
    assert bits(new.net, new.optimizer) == bits(old.net, old.optimizer)


def test_the_format_is_what_it_was(tmp_path: Path) -> None:
    """Runs under way are resumed with newer code: names and metadata may grow, and must not change."""
    here = nn.Linear(1, 1)
    adamw = torch.optim.AdamW(here.parameters(), lr=0.5)
    _step(here, adamw)
    save(tmp_path, here, adamw, PROGRESS, "settings")
    tensors, metadata = read_tensors(tmp_path / FILE)
    moments = [f"optimizer/{index}/{key}" for index in (0, 1) for key in ("exp_avg", "exp_avg_sq", "step")]
    assert sorted(tensors) == ["module/bias", "module/weight", *moments]
    assert metadata["identity"] == "settings"
    assert json.loads(metadata["progress"]) == asdict(PROGRESS)
    described = json.loads(metadata["optimizer"])
    assert described["plain"] == {}
    assert described["groups"][0]["lr"] == 0.5
    assert described["groups"][0]["params"] == [0, 1]


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_short_is_a_clear_error(share: float, tmp_path: Path) -> None:
    here = job()
    save(tmp_path, here.net, here.optimizer, PROGRESS, "")
    content = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(content[: int(len(content) * share)])
    before = bits(here.net, here.optimizer)
    with pytest.raises(FileError, match=r"checkpoint\.safetensors.*damaged.*to start afresh"):
        load(tmp_path, here.net, here.optimizer, "")
    assert bits(here.net, here.optimizer) == before


def test_a_folder_in_place_of_the_file_is_a_clear_error(tmp_path: Path) -> None:
    here = job()
    (tmp_path / FILE).mkdir()
    with pytest.raises(FileError, match=r"cannot (read|write) .*checkpoint\.safetensors"):
        load(tmp_path, here.net, here.optimizer, "")
    with pytest.raises(FileError, match=r"cannot (read|write) .*checkpoint\.safetensors"):
        save(tmp_path, here.net, here.optimizer, PROGRESS, "")


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("content")
    here = job()
    _step(here.net, here.optimizer)
    save(folder, here.net, here.optimizer, PROGRESS, "settings")
    return (folder / FILE).read_bytes()


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), bit=st.integers(0, 7), header=st.booleans())
def test_a_changed_bit_is_noticed_or_changes_nothing(
    data: st.DataObject, bit: int, header: bool, content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    last = 7 + int.from_bytes(content[:8], "little") if header else len(content) - 1
    place = data.draw(st.integers(0, last))
    folder = tmp_path_factory.mktemp("flip")
    (folder / FILE).write_bytes(content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :])
    old, new = job(), job()
    _step(old.net, old.optimizer)
    try:
        progress = load(folder, new.net, new.optimizer, "settings")
    except FileError:
        return
    assert progress == PROGRESS
    assert bits(new.net, new.optimizer) == bits(old.net, old.optimizer)


def _without(key: str) -> Callable[[dict[str, str]], dict[str, str]]:
    return lambda metadata: {name: value for name, value in metadata.items() if name not in (key, "checksum")}


@pytest.mark.parametrize(
    "change",
    [
        _without("progress"),
        _without("optimizer"),
        lambda metadata: {**_without("")(metadata), "progress": "{"},
        lambda metadata: {**_without("")(metadata), "progress": '{"step": 1}'},
        lambda metadata: {**_without("")(metadata), "optimizer": "no"},
        lambda metadata: {**metadata, "checksum": "00000000"},
    ],
)
def test_a_file_that_lacks_what_it_should_say_is_a_clear_error(
    change: Callable[[dict[str, str]], dict[str, str]], tmp_path: Path
) -> None:
    here = job()
    save(tmp_path, here.net, here.optimizer, PROGRESS, "")
    tensors, metadata = read_tensors(tmp_path / FILE)
    write_tensors(tmp_path / FILE, tensors, change(metadata))
    with pytest.raises(FileError, match=r"checkpoint\.safetensors is damaged.*Delete it"):
        load(tmp_path, here.net, here.optimizer, "")


def test_a_foreign_file_is_not_taken_for_a_checkpoint(tmp_path: Path) -> None:
    here = job()
    tensors: dict[str, Tensor] = {"weight": torch.zeros(2)}
    write_tensors(tmp_path / FILE, tensors)
    with pytest.raises(FileError, match="other settings"):
        load(tmp_path, here.net, here.optimizer, "settings")
