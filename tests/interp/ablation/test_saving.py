from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch import Tensor

import interp
from interp import ConditionalMeans, FileError, Model, by_token, conditional_means, with_first
from interp.ablation.keys import Keys
from interp.files import read_tensors, write_tensors
from tests.interp.ablation.made import prompts

TOKENS = prompts(30, first=None)


def parity(tokens: Tensor) -> Tensor:
    return tokens % 2


@pytest.mark.parametrize("keys", [by_token, with_first, parity])
def test_means_come_back_as_they_were(gpt2: Model, keys: Keys, tmp_path: Path) -> None:
    sites = [interp.resid(2), interp.z(0), interp.resid(0)]
    means = conditional_means(gpt2, TOKENS, sites, keys=keys, floor=3)
    means.save(tmp_path / "means.safetensors")
    back = ConditionalMeans.load(tmp_path / "means.safetensors", keys=parity if keys is parity else None)
    assert (back.sites, back.floor, back.model, back.keys) == (tuple(sites), 3, means.model, keys)
    assert all(torch.equal(one, other) for one, other in zip(back.slots, means.slots, strict=True))
    assert all(torch.equal(one, other) for one, other in zip(back.layout[1:], means.layout[1:], strict=True))
    assert all(torch.equal(back.table(site), means.table(site)) for site in sites)
    known = TOKENS[means.known(TOKENS)]
    assert torch.equal(back.at(sites[1], known), means.at(sites[1], known))
    back.require_model(gpt2)


def test_the_file_says_what_it_is_and_which_model_was_run(gpt2: Model, tmp_path: Path) -> None:
    means = conditional_means(gpt2, TOKENS)
    means.save(tmp_path / "means")
    with safe_open(tmp_path / "means", framework="pt") as file:
        header = file.metadata()
    assert header["format"] == "conditional means 1"
    assert header["model"] == means.model
    assert len(header["model"]) == 64


@pytest.fixture
def saved(gpt2: Model, tmp_path: Path) -> Path:
    path = tmp_path / "means.safetensors"
    conditional_means(gpt2, TOKENS).save(path)
    return path


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.999])
def test_a_truncated_file_is_an_error(saved: Path, share: float) -> None:
    content = saved.read_bytes()
    saved.write_bytes(content[: int(share * len(content))])
    with pytest.raises(FileError, match="missing or damaged"):
        ConditionalMeans.load(saved)


def test_a_missing_file_and_a_foreign_one_are_errors(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="missing or damaged"):
        ConditionalMeans.load(tmp_path / "nothing")
    (tmp_path / "text").write_text("means")
    with pytest.raises(FileError, match="missing or damaged"):
        ConditionalMeans.load(tmp_path / "text")
    write_tensors(tmp_path / "other", {"counts": torch.ones(3)}, {"format": "pt"})
    with pytest.raises(FileError, match="holds no conditional means"):
        ConditionalMeans.load(tmp_path / "other")


SITE = "blocks.0.hook_resid_post"


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("counts", None),
        (SITE, None),
        (SITE, lambda table: table[1:]),
        ("key", lambda keys: keys[1:]),
        ("key", lambda keys: keys.flip(0)),
        ("position", lambda position: position.flip(0)),
        ("position", lambda position: position - 1),
        ("position", lambda position: position + 1),
        ("position", lambda position: position.float()),
        ("counts", lambda counts: counts * 0),
    ],
)
def test_tables_that_do_not_fit_together_are_errors(
    saved: Path, name: str, change: Callable[[Tensor], Tensor] | None
) -> None:
    tensors, header = read_tensors(saved)
    old = tensors.pop(name)
    if change is not None:
        tensors[name] = change(old)
    write_tensors(saved, tensors, header)
    with pytest.raises(FileError, match="does not fit together"):
        ConditionalMeans.load(saved)


@pytest.mark.parametrize(
    ("name", "value"),
    [("floor", "many"), ("sites", "[1]"), ("sites", '["blocks.0.hook_nothing"]'), ("sites", "}"), ("model", None)],
)
def test_headers_that_do_not_fit_are_errors(saved: Path, name: str, value: str | None) -> None:
    tensors, header = read_tensors(saved)
    del header[name]
    write_tensors(saved, tensors, header if value is None else header | {name: value})
    with pytest.raises(FileError, match="does not fit together"):
        ConditionalMeans.load(saved)


def test_a_file_without_rows_is_an_error(saved: Path) -> None:
    tensors, header = read_tensors(saved)
    write_tensors(saved, {name: tensor[:0] for name, tensor in tensors.items()}, header)
    with pytest.raises(FileError, match="does not fit together"):
        ConditionalMeans.load(saved)


def test_keys_of_ones_own_are_handed_in_again_and_others_are_refused(gpt2: Model, tmp_path: Path) -> None:
    path = tmp_path / "means"
    conditional_means(gpt2, TOKENS, keys=parity).save(path)
    with pytest.raises(FileError, match=r"test_saving.parity, which no file can hold: hand the function in as keys="):
        ConditionalMeans.load(path)
    with pytest.raises(FileError, match="not with_first"):
        ConditionalMeans.load(path, keys=with_first)


def test_a_folder_that_cannot_be_written_is_an_error(gpt2: Model, saved: Path) -> None:
    with pytest.raises(FileError, match="cannot write"):
        conditional_means(gpt2, TOKENS).save(saved / "means")
