"""Pruned models as folders that anybody can open."""

from pathlib import Path

import pytest
import torch
from torch import Generator

import interp
from interp import FileError, Model, ModelError
from interp.subnetworks import Mask, matrices, pruned, save_pruned
from tests.architectures import made, some_tokens
from tests.interp.subnetworks.test_mask import drawn


@torch.no_grad()
def test_the_folder_opens_with_both_libraries_and_computes_the_same(model: Model, tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM

    mask, folder = drawn(model, 0), tmp_path / "pruned"
    save_pruned(model, mask, folder)
    with pruned(model, mask):
        expected = model(some_tokens())
    assert interp.load(folder)(some_tokens()).equal(expected)
    assert AutoModelForCausalLM.from_pretrained(folder)(some_tokens()).logits.equal(expected)
    assert Mask.load(folder / "mask.safetensors", model) == mask


@torch.no_grad()
def test_weights_beyond_the_mask_are_zero_or_what_was_asked_for(gpt2: Model, tmp_path: Path) -> None:
    mask = drawn(gpt2, 0)
    save_pruned(gpt2, mask, tmp_path / "zero")
    save_pruned(gpt2, mask, tmp_path / "resample", "resample", Generator().manual_seed(1))
    for fill in ("zero", "resample"):
        found = interp.load(tmp_path / fill)
        for one in matrices(found):
            dropped = found.hf.get_parameter(one.parameter)[~mask.kept[one.parameter]]
            assert (dropped == 0).all() if fill == "zero" else (dropped != 0).all()
        with pytest.raises(ModelError, match="the mask is of the model"):
            Mask.load(tmp_path / fill / "mask.safetensors", found)


def test_the_tokenizer_goes_along(gpt2: Model, tmp_path: Path) -> None:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(WordLevel({"a": 0, "b": 1}, unk_token="a"))
    own = PreTrainedTokenizerFast(tokenizer_object=words)
    model = Model(gpt2.hf, gpt2.anatomy, gpt2.name, tokenizer=own)
    save_pruned(model, Mask.full(model), tmp_path / "a")
    assert interp.load(tmp_path / "a").tokenizer.get_vocab() == {"a": 0, "b": 1}


def test_nothing_that_is_there_is_overwritten(gpt2: Model, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "notes").write_text("mine")
    with pytest.raises(FileError, match="there already"):
        save_pruned(gpt2, Mask.full(gpt2), tmp_path / "a")
    assert (tmp_path / "a" / "notes").read_text() == "mine"


def test_a_mask_of_another_model_leaves_nothing_behind(gpt2: Model, tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        save_pruned(gpt2, Mask.full(made("neox")), tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_nothing_behind_and_the_model_as_it_was(
    gpt2: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(FileError, match="No space left"):
        save_pruned(gpt2, drawn(gpt2, 0), tmp_path / "a")
    assert list(tmp_path.iterdir()) == []
