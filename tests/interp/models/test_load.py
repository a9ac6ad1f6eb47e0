import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import interp
from interp import InterpError, Model, ModelError, ShapeError, UnknownNameError
from tests.architectures import fresh, made, some_tokens

TOKENS = some_tokens()


def same(first: Model, second: Model) -> bool:
    ours, theirs = first.hf.state_dict(), second.hf.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_a_folder_gives_back_what_was_saved(model: Model, tmp_path: Path) -> None:
    model.hf.save_pretrained(tmp_path / "saved")
    for source in (tmp_path / "saved", str(tmp_path / "saved")):
        loaded = interp.load(source)
        assert same(loaded, model)
        assert loaded.name == "saved"
        assert not loaded.hf.training
        assert torch.equal(loaded(TOKENS), model(TOKENS))


def test_a_folder_beside_is_found_and_a_home_too(gpt2: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gpt2.hf.save_pretrained(tmp_path / "here")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for source in ("here", "./here", "~/here"):
        assert same(interp.load(source), gpt2)


def test_the_dtype_asked_for_is_the_dtype_of_all_weights(gpt2: Model, tmp_path: Path) -> None:
    gpt2.hf.half().save_pretrained(tmp_path)
    gpt2.hf.float().load_state_dict(fresh("gpt2").state_dict())
    assert interp.load(tmp_path).dtype == torch.float32, "single precision unless asked otherwise"
    asked: dict[Any, torch.dtype] = {"float16": torch.float16, "bfloat16": torch.bfloat16, torch.float64: torch.float64}
    for name, dtype in asked.items():
        model = interp.load(tmp_path, dtype=name)
        assert {weight.dtype for weight in model.hf.parameters()} == {dtype}
        assert model(TOKENS).isfinite().all()
    with pytest.raises(UnknownNameError, match=r"unknown dtype 'bfloat_16'. Did you mean 'bfloat16'"):
        interp.load(tmp_path, dtype="bfloat_16")


def test_a_device_that_is_not_there_is_an_error(gpt2: Model, tmp_path: Path) -> None:
    gpt2.hf.save_pretrained(tmp_path)
    assert interp.load(tmp_path, device="cpu").device.type == "cpu"
    for device in ("gpu", "cuda:77"):
        with pytest.raises(ModelError, match=f"cannot use the device {device}"):
            interp.load(tmp_path, device=device)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where a hub that nobody can reach would keep what was downloaded before."""
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def test_a_zoo_name_is_found_first_and_a_near_one_named(
    gpt2: Model, tmp_path: Path, hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpt2.hf.save_pretrained(tmp_path / "weights")
    monkeypatch.setattr("interp.models.load.zoo", lambda: {"tiny-animal": tmp_path / "weights"})
    assert same(interp.load("tiny-animal"), gpt2)
    with pytest.raises(UnknownNameError, match=r"unknown model 'tiny-animl'. Did you mean 'tiny-animal'"):
        interp.load("tiny-animl")


def test_a_hub_id_without_a_network_fails_at_once_and_says_so(tmp_path: Path) -> None:
    code = """
import interp
try:
    interp.load('nobody/nothing-here')
except interp.UnknownNameError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "unknown model 'nobody/nothing-here'" in done.stdout
    assert "the hub does not give it" in done.stdout


def test_a_hub_id_that_cannot_be_had_is_an_error_that_says_why(hub: Path) -> None:
    for name in ("nobody/nothing", "nothing-at-all", "not an id!"):
        with pytest.raises(UnknownNameError, match=rf"unknown model '{name}'.*the hub does not give it \(.+\)"):
            interp.load(name)


def test_a_hub_id_is_read_at_its_revision(hub: Path) -> None:
    commits = {"main": ("a" * 40, "gpt2"), "step-3": ("b" * 40, "gpt2-tied")}
    for revision, (commit, name) in commits.items():
        home = hub / "models--someone--model"
        made(name).hf.save_pretrained(home / "snapshots" / commit)
        (home / "refs").mkdir(exist_ok=True)
        (home / "refs" / revision).write_text(commit)
    for revision, (_, name) in commits.items():
        model = interp.load("someone/model", revision=revision)
        assert same(model, made(name))
        assert model.name == "someone/model"
    assert same(interp.load("someone/model"), made("gpt2"))
    with pytest.raises(UnknownNameError, match="unknown model 'someone/model'"):
        interp.load("someone/model", revision="step-4")


def test_a_module_is_taken_as_it_is() -> None:
    hf = fresh("llama").double()
    model = interp.load(hf)
    assert model.hf is hf
    assert model.dtype == torch.float64
    assert model.name == "LlamaForCausalLM"


def test_what_is_no_model_is_an_error() -> None:
    for wrong in (3, None, nn.Linear(2, 2), object(), ["gpt2"]):
        with pytest.raises(ModelError, match="give a name, a folder or a Hugging Face module"):
            interp.load(wrong)


def test_loading_draws_no_random_numbers(gpt2: Model, tmp_path: Path) -> None:
    gpt2.hf.save_pretrained(tmp_path)
    state = torch.random.get_rng_state()
    interp.load(tmp_path)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_tied_weights_stay_tied(tmp_path: Path) -> None:
    for name in ("gpt2-tied", "llama-tied", "gemma2"):
        made(name).hf.save_pretrained(tmp_path / name)
        hf = interp.load(tmp_path / name).hf
        assert hf.get_output_embeddings().weight is hf.get_input_embeddings().weight


def test_every_error_is_one_that_callers_can_catch() -> None:
    assert issubclass(ModelError, InterpError)
    assert issubclass(UnknownNameError, LookupError)
    assert issubclass(ShapeError, ValueError)
