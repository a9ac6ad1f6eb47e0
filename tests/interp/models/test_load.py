"""Every way to name a model, and everything that can be wrong with one."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

import interp
from interp import Model
from interp.errors import InterpError, ModelError, ShapeError, UnknownNameError
from tests.architectures import made, some_tokens


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made("gpt2").hf.save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def test_a_saved_folder_gives_the_same_logits(model: Model, tmp_path: Path) -> None:
    model.hf.save_pretrained(tmp_path)
    loaded = interp.load(tmp_path, device="cpu")
    assert torch.equal(loaded(some_tokens()), model(some_tokens()))
    assert not loaded.hf.training


def test_a_hugging_face_module_is_taken_as_it_is() -> None:
    hf = made("gpt2").hf
    assert interp.load(hf).hf is hf


@pytest.mark.parametrize("name", ["float64", "bfloat16", "float16"])
def test_the_dtype_can_be_chosen_by_name_or_by_itself(folder: Path, name: str) -> None:
    assert interp.load(folder, dtype=name, device="cpu").dtype == getattr(torch, name)
    assert interp.load(folder, dtype=getattr(torch, name), device="cpu").dtype == getattr(torch, name)


def test_an_unknown_dtype_names_the_ones_there_are(folder: Path) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'float32'"):
        interp.load(folder, dtype="flaot32")


def test_a_device_that_is_not_there_is_an_error(folder: Path) -> None:
    with pytest.raises(ModelError, match="cannot use the device"):
        interp.load(folder, device="cuda:99")


def test_a_zoo_name_is_found_through_the_entry_point(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import import_module

    monkeypatch.setattr(import_module("interp.models.load"), "zoo", lambda: {"tiny-zoo": folder})
    loaded = interp.load("tiny-zoo", device="cpu")
    assert loaded.name == "model"
    with pytest.raises(UnknownNameError, match="Did you mean 'tiny-zoo'"):
        interp.load("tiny-zo", device="cpu")


def test_a_path_that_is_no_folder_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is not a folder"):
        interp.load(tmp_path / "nowhere")
    with pytest.raises(ModelError, match="is not a folder"):
        interp.load("./nowhere")


def test_a_folder_without_a_configuration_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no config\.json"):
        interp.load(tmp_path)


def test_a_garbled_configuration_is_an_error(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "gpt2", ')
    with pytest.raises(ModelError, match="cannot load"):
        interp.load(folder)


def test_truncated_weights_are_an_error(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelError, match="copy or download it again"):
        interp.load(folder)


def test_missing_weights_are_an_error(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="cannot load"):
        interp.load(folder)


def rewrite(folder: Path, change: Any) -> None:
    weights = load_file(folder / "model.safetensors")
    change(weights)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


def test_a_half_written_folder_is_not_filled_with_random_weights(folder: Path) -> None:
    rewrite(folder, lambda weights: weights.pop("transformer.h.1.mlp.c_fc.weight"))
    with pytest.raises(ModelError, match=r"1 weights are missing, 'transformer\.h\.1\.mlp\.c_fc\.weight'"):
        interp.load(folder)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_named(folder: Path, value: float) -> None:
    rewrite(folder, lambda weights: weights["transformer.h.0.ln_1.bias"].fill_(value))
    with pytest.raises(ModelError, match=r"NaN or infinity, first in 'transformer\.h\.0\.ln_1\.bias'"):
        interp.load(folder)


def test_an_unknown_architecture_names_the_known_ones(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "opt", "architectures": ["OPTForCausalLM"]}))
    with pytest.raises(ModelError, match=r"'opt' is not known\. Known: gpt2, gptj"):
        interp.load(folder)


def test_weights_that_would_have_to_be_unpickled_are_refused(folder: Path) -> None:
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError, match="safetensors"):
        interp.load(folder)


def test_an_object_that_is_no_model_is_refused() -> None:
    with pytest.raises(ModelError, match="cannot load a Linear"):
        interp.load(torch.nn.Linear(2, 2))


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


def test_a_hub_id_and_revision_are_read_from_the_local_hub_cache(folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "hub" / "models--somebody--tiny"
    (home / "refs").mkdir(parents=True)
    (home / "refs" / "v2").write_text("abc123")
    (home / "snapshots").mkdir()
    folder.rename(home / "snapshots" / "abc123")
    code = "import interp; m = interp.load('somebody/tiny', revision='v2', device='cpu'); print(m.depth, m.name)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(tmp_path / "hub"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.split() == ["2", "somebody/tiny"]


def test_a_model_without_a_tokenizer_says_so_when_it_is_asked_for(folder: Path) -> None:
    with pytest.raises(ModelError, match="no tokenizer"):
        _ = interp.load(folder, device="cpu").tokenizer


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (torch.tensor([[0, 50]]), "token id 50 is not in the vocabulary"),
        (torch.tensor([[-1, 3]]), "token id -1"),
        (torch.zeros(0, 3, dtype=torch.long), "empty"),
        (torch.zeros(2, 0, dtype=torch.long), "empty"),
        (torch.zeros(1, 17, dtype=torch.long), "17 positions are more than the 16"),
    ],
)
def test_bad_tokens_are_refused_before_anything_runs(gpt2: Model, tokens: torch.Tensor, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        gpt2(tokens)
    with pytest.raises(ShapeError, match=message):
        interp.capture(gpt2, tokens, interp.resid(0))


@pytest.mark.parametrize("tokens", [torch.zeros(1, 3), torch.zeros(3, dtype=torch.long)])
@pytest.mark.usefixtures("unchecked")
def test_tokens_must_be_integers_in_two_axes(gpt2: Model, tokens: torch.Tensor) -> None:
    with pytest.raises(ShapeError, match=r"tokens must be integers \[batch, position\]"):
        gpt2(tokens)


def test_every_error_is_one_that_callers_can_catch() -> None:
    assert issubclass(ModelError, InterpError)
    assert issubclass(UnknownNameError, LookupError)
    assert issubclass(ShapeError, ValueError)
