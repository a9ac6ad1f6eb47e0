"""Two harvests share a folder only where all that decides their bits is equal."""

import json
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from interp.errors import FileError, UnknownNameError
from interp.store.manifest import FILE, Manifest, dtype_name

MANIFEST = Manifest(
    model="m", model_fingerprint="aa", config_fingerprint="bb", data="d", data_fingerprint="cc",
    sites=("blocks.0.hook_resid_post", "blocks.0.attn.hook_z"), shapes=((8,), (2, 4)), dtype="bfloat16",
    batch=4, per_shard=10, sequences=25, rows=100, made_with={"threads": 1, "torch": "2"},
)  # fmt: skip


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    MANIFEST.write(tmp_path)
    found = Manifest.read(tmp_path)
    assert found == MANIFEST
    assert found.made_with == MANIFEST.made_with
    assert found.torch_dtype == torch.bfloat16
    assert json.loads((tmp_path / FILE).read_text())["shards"] == 3


def test_the_spans_of_the_shards_cover_the_sequences() -> None:
    assert [MANIFEST.span(shard) for shard in range(MANIFEST.shards)] == [(0, 10), (10, 20), (20, 25)]
    assert replace(MANIFEST, sequences=20).shards == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model", "n"),
        ("model_fingerprint", "ab"),
        ("config_fingerprint", "ab"),
        ("data", "e"),
        ("data_fingerprint", "ab"),
        ("sites", ("blocks.0.hook_resid_post",)),
        ("shapes", ((9,), (2, 4))),
        ("dtype", "float16"),
        ("batch", 5),
        ("per_shard", 11),
        ("sequences", 26),
        ("rows", 99),
        ("processing", "centred"),
        ("format", 2),
    ],
)
def test_every_field_refuses_to_mix_and_says_both_values(name: str, value: Any) -> None:
    with pytest.raises(FileError) as caught:
        MANIFEST.require_same(replace(MANIFEST, **{name: value}), Path("there"))
    assert f"{name} is {getattr(MANIFEST, name)!r} there, {value!r} was asked for" in str(caught.value)
    assert "there holds another harvest" in str(caught.value)
    assert "another folder as `out`" in str(caught.value)


def test_all_that_differs_is_said_at_once() -> None:
    with pytest.raises(FileError, match=r"dtype is .*; batch is .*"):
        MANIFEST.require_same(replace(MANIFEST, dtype="float16", batch=1), Path("there"))


def test_the_same_passes_in_silence() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        MANIFEST.require_same(replace(MANIFEST), Path("there"))


def test_another_machine_only_warns() -> None:
    with pytest.warns(UserWarning, match="there was begun with threads 1, now 2: activations may differ"):
        MANIFEST.require_same(replace(MANIFEST, made_with={"threads": 2, "torch": "2"}), Path("there"))


def test_a_folder_without_one_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"is no store of activations"):
        Manifest.read(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "7", "[]", "{}", '{"format": 2}'])
def test_what_is_no_manifest_is_a_clear_error(content: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(content)
    with pytest.raises(FileError, match=r"cannot read .*manifest\.json"):
        Manifest.read(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"shards": 4}, {"per_shard": 0}, {"dtype": "int8"}, {"shapes": [[8]]}, {"sites": None}, {"colour": "red"},
    ],
)  # fmt: skip
def test_a_manifest_that_does_not_hold_together_is_a_clear_error(change: dict[str, Any], tmp_path: Path) -> None:
    MANIFEST.write(tmp_path)
    content = json.loads((tmp_path / FILE).read_text())
    (tmp_path / FILE).write_text(json.dumps(content | change))
    with pytest.raises(FileError, match=r"cannot read .*manifest\.json.*damaged"):
        Manifest.read(tmp_path)


def test_a_manifest_that_lacks_a_field_is_a_clear_error(tmp_path: Path) -> None:
    MANIFEST.write(tmp_path)
    whole = json.loads((tmp_path / FILE).read_text())
    for name in whole.keys() - {"processing", "made_with"}:
        (tmp_path / FILE).write_text(json.dumps({key: value for key, value in whole.items() if key != name}))
        with pytest.raises(FileError, match=r"cannot read .*manifest\.json"):
            Manifest.read(tmp_path)


def test_types_are_known_by_torch_and_by_name() -> None:
    assert dtype_name(torch.float16) == dtype_name("float16") == "float16"
    with pytest.raises(UnknownNameError, match=r"unknown dtype of a store 'float15'\. Did you mean 'float16'"):
        dtype_name("float15")
    with pytest.raises(UnknownNameError, match="'int8'"):
        dtype_name(torch.int8)
