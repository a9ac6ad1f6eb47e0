"""Masks as the paper's authors released them."""

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from interp import FileError, Model, ModelError
from interp.subnetworks import Mask, parameters, read_released
from tests.architectures import made
from tests.interp.subnetworks.test_mask import drawn


def released(mask: Mask) -> dict[str, Any]:
    content: dict[str, Any] = {name: kept.numpy() for name, kept in mask.kept.items()}
    return content | {"orig_model_name": "somebody/a-model"}


def written(path: Path, content: Any, protocol: int = 4) -> Path:
    path.write_bytes(pickle.dumps(content, protocol))
    return path


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_released_mask_becomes_a_mask_of_the_model(gpt2: Model, protocol: int, tmp_path: Path) -> None:
    mask = drawn(gpt2, 0)
    found = read_released(written(tmp_path / "a", released(mask), protocol), gpt2)
    assert found == mask
    assert list(found.kept) == list(parameters(gpt2))
    found.save(tmp_path / "b")
    assert Mask.load(tmp_path / "b", gpt2) == mask


def test_the_fused_rows_of_neox_are_taken_as_the_parameter_has_them(tmp_path: Path) -> None:
    model = made("neox")
    mask = drawn(model, 0)
    assert read_released(written(tmp_path / "a", released(mask)), model) == mask


def test_it_may_keep_its_models_name_to_itself_and_cover_a_part(gpt2: Model, tmp_path: Path) -> None:
    mask = drawn(gpt2, 0, names=["transformer.h.1.mlp.c_fc.weight"])
    content = {name: kept.numpy() for name, kept in mask.kept.items()}
    assert read_released(written(tmp_path / "a", content), gpt2) == mask


def test_a_mask_of_another_model_is_refused_with_the_name_of_its_own(gpt2: Model, tmp_path: Path) -> None:
    path = written(tmp_path / "a", released(drawn(gpt2, 0)))
    with pytest.raises(ModelError, match=r"a mask of somebody/a-model: it has transformer\.h\.0\..* does not exist"):
        read_released(path, made("gptj"))
    name = "transformer.h.0.mlp.c_fc.weight"
    written(path, released(drawn(gpt2, 0)) | {name: np.ones((32, 64), bool)})
    with pytest.raises(ModelError, match=r"\[32, 64\], which in GPT2LMHeadModel is \[32, 128\]"):
        read_released(path, gpt2)


def test_tied_embeddings_are_refused_here_as_anywhere(tmp_path: Path) -> None:
    model = made("gpt2-tied")
    content = {"transformer.wte.weight": np.ones((50, 32), bool)}
    with pytest.raises(ModelError, match="are one tensor"):
        read_released(written(tmp_path / "a", content), model)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({}, "holds no masks"),
        ({"orig_model_name": "a"}, "holds no masks"),
        ({"w": "text"}, "holds a str at 'w'"),
        ({3: np.ones(2, bool)}, "at 3, not a mask"),
        ({"w": np.array([0, 1, 2], np.uint8)}, "something else than 0 and 1 at 'w'"),
        ({"w": np.ones(2, np.float32)}, "array of 'f4', and a mask is made of booleans"),
        ((np.ones(2, bool),), "not a dictionary"),
    ],
)
def test_other_content_is_refused(gpt2: Model, content: Any, says: str, tmp_path: Path) -> None:
    with pytest.raises(FileError, match=says):
        read_released(written(tmp_path / "a", content), gpt2)


class Harmful:
    def __init__(self, mark: Path):
        self.mark = mark

    def __reduce__(self) -> tuple[Any, Any]:
        return os.system, (f"touch {self.mark}",)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_file_that_would_run_something_is_refused_and_runs_nothing(
    gpt2: Model, protocol: int, tmp_path: Path
) -> None:
    content = released(drawn(gpt2, 0)) | {"orig_model_name": Harmful(tmp_path / "mark")}
    with pytest.raises(FileError, match=r"it calls \w+\.system"):
        read_released(written(tmp_path / "a", content, protocol), gpt2)
    assert not (tmp_path / "mark").exists()


def test_a_download_that_broke_off_is_refused(gpt2: Model, tmp_path: Path) -> None:
    path = written(tmp_path / "a", released(drawn(gpt2, 0)))
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(FileError, match="cut short"):
        read_released(path, gpt2)
    with pytest.raises(FileError, match="missing"):
        read_released(tmp_path / "b", gpt2)


def test_the_mask_is_where_the_model_is(gpt2: Model, tmp_path: Path) -> None:
    found = read_released(written(tmp_path / "a", released(drawn(gpt2, 0))), gpt2)
    assert {kept.device for kept in found.kept.values()} == {gpt2.device}
    assert {kept.dtype for kept in found.kept.values()} == {torch.bool}
