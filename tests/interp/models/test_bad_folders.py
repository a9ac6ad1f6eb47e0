"""A folder that is missing, half written or damaged is an error that says what to do; nothing is harmed."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

import interp
from interp import ModelError
from tests.architectures import made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made("llama").hf.save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def rewritten(folder: Path, **settings: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | settings))


def truncate(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def truncate_header(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:5])


def without_a_tensor(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    del weights["model.layers.1.mlp.down_proj.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


def with_a_number(folder: Path, number: float) -> None:
    weights = load_file(folder / "model.safetensors")
    weights["model.layers.1.mlp.down_proj.weight"][3, 4] = number
    save_file(weights, folder / "model.safetensors", {"format": "pt"})


def pickled(folder: Path) -> None:
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()


DAMAGES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "weights cut short": (truncate, "cannot load .*copy or download it again"),
    "weights cut to a few bytes": (truncate_header, "cannot load .*copy or download it again"),
    "weights deleted": (lambda f: (f / "model.safetensors").unlink(), "cannot load .*no safetensors"),
    "weights empty": (lambda f: (f / "model.safetensors").write_bytes(b""), "cannot load"),
    "weights pickled": (pickled, "cannot load .*no safetensors"),
    "a tensor missing": (without_a_tensor, r"not whole: 1 weights are missing, '.*down_proj.weight' among them"),
    "a NaN": (lambda f: with_a_number(f, math.nan), r"NaN or infinity, first in '.*layers.1.mlp.down_proj.weight'"),
    "an infinity": (lambda f: with_a_number(f, math.inf), "NaN or infinity"),
    "no config": (lambda f: (f / "config.json").unlink(), "no config.json: .*half written"),
    "config cut short": (lambda f: (f / "config.json").write_text('{"model_type": "lla'), "cannot load"),
    "config no object": (lambda f: (f / "config.json").write_text("[1, 2]"), "cannot load"),
    "config empty": (lambda f: (f / "config.json").write_text("{}"), "cannot load"),
    "config no text": (lambda f: (f / "config.json").write_bytes(b"\xff\xfe\x00"), "cannot load"),
    "config of other sizes": (lambda f: rewritten(f, hidden_size=64), "cannot load"),
    "config of wrong types": (lambda f: rewritten(f, num_hidden_layers="two"), "cannot load"),
    "config of more blocks": (lambda f: rewritten(f, num_hidden_layers=3), "not whole: 9 weights are missing"),
    "config of an unknown type": (lambda f: rewritten(f, model_type="starship"), "cannot load .*starship"),
    "config of code from elsewhere": (
        lambda f: rewritten(f, model_type="x", auto_map={"AutoConfig": "mine.Config"}),
        "cannot load",
    ),
    "config of a type without anatomy": (lambda f: rewritten(f, model_type="opt"), "'opt' is not known. Known: gpt2"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_folder_is_an_error_that_says_what_is_wrong(folder: Path, damage: str) -> None:
    spoil, complaint = DAMAGES[damage]
    spoil(folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(ModelError, match=complaint) as caught:
        interp.load(folder)
    assert len(str(caught.value)) < 700
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for source in (
        tmp_path / "nowhere",
        str(tmp_path / "nowhere"),
        "./nowhere",
        "~/nowhere",
        "a/b/c",
        tmp_path / "file",
    ):
        with pytest.raises(ModelError, match="is not a folder"):
            interp.load(source)
    with pytest.raises(ModelError, match="is not a folder"):
        interp.load(Path("nowhere"))
    with pytest.raises(ModelError, match=r"no config\.json"):
        interp.load(tmp_path)


def test_an_architecture_that_nobody_knows_is_found_out_before_its_weights_are_read(folder: Path) -> None:
    rewritten(folder, model_type="opt")
    truncate(folder)
    with pytest.raises(ModelError, match="'opt' is not known"):
        interp.load(folder)


def test_code_beside_a_model_is_never_run(folder: Path) -> None:
    rewritten(folder, model_type="x", auto_map={"AutoConfig": "mine.Config", "AutoModelForCausalLM": "mine.Model"})
    (folder / "mine.py").write_text(f"open({str(folder / 'ran')!r}, 'w')")
    with pytest.raises(ModelError):
        interp.load(folder)
    assert not (folder / "ran").exists()


def test_a_module_with_nan_weights_is_an_error() -> None:
    from tests.architectures import fresh

    hf = fresh("gpt2")
    with torch.no_grad():
        hf.transformer.h[1].attn.c_attn.weight[0, 0] = torch.nan
    with pytest.raises(ModelError, match=r"NaN or infinity, first in 'transformer.h.1.attn.c_attn.weight'"):
        interp.load(hf)
