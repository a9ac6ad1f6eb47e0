import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import interp
from interp import Model
from interp.errors import FileError, ModelError, ShapeError, UnknownNameError
from interp.models.fingerprint import fingerprint
from interp.store.store import Store
from probes import LinearProbe
from tests.interp.store.made import SITES, made

FLAT, HEADS = SITES


def test_a_store_says_what_is_in_it(tmp_path: Path) -> None:
    store, rows, index = made(tmp_path)
    assert store.sites == SITES
    assert len(store) == len(rows[FLAT]) == store.manifest.rows
    assert all(torch.equal(getattr(store.index, name), column) for name, column in index.items())
    assert repr(store) == f"Store({str(tmp_path)!r}, {len(store)} rows of small at {', '.join(map(str, SITES))})"


def test_every_row_leads_to_its_text(tmp_path: Path) -> None:
    store, _, index = made(tmp_path)
    for row in range(len(store)):
        assert store.trace(row)._asdict() == {name: int(column[row]) for name, column in index.items()}
    for row in (-1, len(store)):
        with pytest.raises(ShapeError, match=f"there is no row {row}"):
            store.trace(row)


def test_a_site_goes_by_any_of_its_names(tmp_path: Path) -> None:
    store = made(tmp_path).store
    assert store[FLAT] is store["blocks.0.hook_resid_post"] is store["blocks.1.hook_resid_pre"]
    assert "blocks.1.hook_resid_pre" in store
    assert FLAT in store
    assert interp.resid(0) not in store
    assert "nonsense" not in store


@pytest.mark.parametrize("asked", [interp.resid(2), "blocks.0.hook_resid_pots", "resid"])
def test_a_site_that_was_not_harvested_is_refused_with_those_that_were(tmp_path: Path, asked: str) -> None:
    with pytest.raises(
        UnknownNameError, match=r"unknown site of this store .* Allowed: blocks.0.attn.hook_z, blocks.0"
    ):
        made(tmp_path).store[asked]


def test_a_split_is_by_document(tmp_path: Path) -> None:
    store, _, index = made(tmp_path)
    train, validation = store.split(0.4, torch.Generator().manual_seed(0))
    assert not set(index["document"][train].tolist()) & set(index["document"][validation].tolist())
    assert len(train) + len(validation) == len(store)


def test_probes_fit_what_is_stored(tmp_path: Path, unchecked: None) -> None:
    store, rows, _ = made(tmp_path)
    labels = (rows[FLAT][:, 0] > 0).long()
    probe = LinearProbe().fit(store[FLAT].tensor(), labels)
    assert probe.score(store[FLAT].tensor(), labels) > 0.8
    # numpy's view of the rows is enough for scikit-learn's surface
    again = LinearProbe().fit(np.asarray(store[FLAT]), labels)
    assert torch.equal(again.weight, probe.weight)
    straight = LinearProbe().fit(store[FLAT], labels)  # type: ignore[arg-type]
    assert torch.equal(straight.weight, probe.weight)
    batches = zip(store[FLAT].batches(10), labels[:, None].split(10), strict=True)
    torch.testing.assert_close(LinearProbe().fit_stream(batches, classes=2).weight, probe.weight, rtol=1e-4, atol=1e-5)


def test_a_store_belongs_to_the_weights_it_was_harvested_from(tmp_path: Path, gpt2: Model) -> None:
    made(tmp_path / "a", model_fingerprint=fingerprint(gpt2)).store.require(gpt2)
    with pytest.raises(ModelError, match=r"holds activations of small with weights ffffffffffff..., .* has weights"):
        made(tmp_path / "b").store.require(gpt2)


def test_a_folder_without_a_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="is no store of activations"):
        Store(tmp_path)


@pytest.mark.parametrize("missing", ["receipt.json", ""])
def test_a_harvest_that_has_not_ended_is_refused_with_what_is_there(tmp_path: Path, missing: str) -> None:
    made(tmp_path)
    path = tmp_path / "shards/00002" / missing
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(FileError, match=r"3 of its 4 shards are there. Run the same harvest again"):
        Store(tmp_path)


def test_files_that_are_cut_or_missing_are_all_named_on_opening(tmp_path: Path) -> None:
    made(tmp_path)
    cut, gone = tmp_path / "shards/00000/rows_1.safetensors", tmp_path / "shards/00003/index.safetensors"
    cut.write_bytes(cut.read_bytes()[:-1])
    gone.unlink()
    with pytest.raises(FileError, match=r"shard 0 of .* rows_1.safetensors has (?s:.*)shard 3 of .* index.safetensors"):
        Store(tmp_path)


def test_a_receipt_that_lists_other_files_is_refused(tmp_path: Path) -> None:
    made(tmp_path)
    path = tmp_path / "shards/00002/receipt.json"
    receipt = json.loads(path.read_text(encoding="utf8"))
    del receipt["files"]["rows_1.safetensors"]
    path.write_text(json.dumps(receipt), encoding="utf8")
    with pytest.raises(FileError, match=r"shard 2 of .* its receipt lists index.safetensors, rows_0.safetensors"):
        Store(tmp_path)


def test_rows_that_do_not_add_up_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"its shards have \d+ rows, its manifest says 12"):
        made(tmp_path, rows=12)


def test_verification_reads_everything_and_names_every_altered_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = made(tmp_path).store
    store.verify()
    assert "file 12/12" in capsys.readouterr().err
    for name in ("00000/rows_1.safetensors", "00003/index.safetensors"):
        path = tmp_path / "shards" / name
        content = bytearray(path.read_bytes())
        content[-3] ^= 1
        path.write_bytes(content)
    (tmp_path / "shards/00002/rows_0.safetensors").unlink()
    names = ["shards/00000/rows_1.safetensors", "shards/00002/rows_0.safetensors", "shards/00003/index.safetensors"]
    with pytest.raises(FileError, match=f"3 of 12 files of .*: {re.escape(', '.join(names))}. Delete the folders"):
        store.verify(quiet=True)
    assert not capsys.readouterr().err


def test_a_file_of_the_right_size_and_another_shape_is_refused_when_it_is_read(tmp_path: Path) -> None:
    store, rows, index = made(tmp_path)
    here = index["sequence"] < 4
    save_file({"rows": rows[FLAT][here].view(torch.bfloat16)}, tmp_path / "shards/00000/rows_0.safetensors")
    with pytest.raises(FileError, match=r"00000/rows_0.safetensors is damaged or no file of this store"):
        store[FLAT][0]


def test_the_fingerprint_is_that_of_the_bits(tmp_path: Path) -> None:
    first = made(tmp_path / "a").store.fingerprint()
    assert first == made(tmp_path / "b", made_with={"torch": "2"}).store.fingerprint()
    assert first != made(tmp_path / "c", torch.float32).store.fingerprint()
    assert first != made(tmp_path / "d", data="other").store.fingerprint()
