from pathlib import Path

import numpy as np
import pytest
import torch

from interp.errors import ShapeError
from interp.models.sites import Site
from interp.store.rows import Rows
from tests.interp.store.made import SITES, made

FLAT, HEADS = SITES
DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_are_one_tensor_whatever_the_shards(tmp_path: Path, dtype: torch.dtype, site: Site) -> None:
    store, truths, _ = made(tmp_path, dtype)
    rows, truth = store[site], truths[site]
    assert (rows.shape, rows.dtype, len(rows)) == (truth.shape, dtype, len(truth))
    assert torch.equal(rows.tensor(), truth)
    assert repr(rows) == f"Rows({list(truth.shape)}, {dtype})"


@pytest.mark.parametrize("site", SITES)
def test_slices_are_those_of_the_tensor(tmp_path: Path, site: Site) -> None:
    store, truths, _ = made(tmp_path)
    rows, truth = store[site], truths[site]
    ends = [None, 0, 1, 20, 29, 30, 31, 55, len(truth) - 1, len(truth), len(truth) + 5, -1, -40]
    for start in ends:
        for stop in ends:
            assert torch.equal(rows[start:stop], truth[start:stop]), (start, stop)
    assert torch.equal(rows[5:70:7], truth[5:70:7])
    assert torch.equal(rows[70:5:-7], truth[range(70, 5, -7)])


def test_single_rows_count_from_both_ends_and_there_are_no_others(tmp_path: Path) -> None:
    store, truths, _ = made(tmp_path)
    rows, truth = store[HEADS], truths[HEADS]
    for row in (*range(len(truth)), -1, -len(truth)):
        assert torch.equal(rows[row], truth[row])
    assert torch.equal(rows[np.int64(3)], truth[3])
    assert torch.equal(rows[torch.tensor(3)], truth[3])
    for row in (len(truth), -len(truth) - 1):
        with pytest.raises(IndexError, match=f"no row {row}"):
            rows[row]


@pytest.mark.parametrize("count", [0, 1, 50, 500])
@pytest.mark.parametrize("site", SITES)
def test_rows_are_gathered_in_the_order_asked_for_as_often_as_asked_for(tmp_path: Path, site: Site, count: int) -> None:
    store, truths, _ = made(tmp_path)
    rows, truth = store[site], truths[site]
    ids = torch.randint(len(truth), (count,), generator=torch.Generator().manual_seed(count))
    for chosen in (ids, ids.sort().values, ids.int(), ids.sort(descending=True).values):
        assert torch.equal(rows[chosen], truth[chosen.long()])


def test_a_mask_chooses_rows(tmp_path: Path) -> None:
    store, truths, index = made(tmp_path)
    mask = index["document"] == 8
    assert torch.equal(store[FLAT][mask], truths[FLAT][mask])


@pytest.mark.parametrize("ids", [torch.tensor([0, -1]), torch.tensor([10_000])])
def test_row_numbers_out_of_range_are_refused(tmp_path: Path, ids: torch.Tensor) -> None:
    with pytest.raises(ShapeError, match="row numbers run from 0 to"):
        made(tmp_path).store[FLAT][ids]


@pytest.mark.parametrize("ids", [torch.ones(3), torch.ones(2, 2, dtype=torch.long), torch.ones(3, dtype=torch.bool)])
def test_what_numbers_no_rows_is_refused(tmp_path: Path, ids: torch.Tensor) -> None:
    with pytest.raises(ShapeError, match="chosen by integers"):
        made(tmp_path).store[FLAT][ids]


def test_batches_go_through_all_rows_in_order(tmp_path: Path) -> None:
    store, truths, _ = made(tmp_path)
    for size in (1, 10, 33, 1000):
        batches = list(store[FLAT].batches(size))
        assert [len(batch) for batch in batches[:-1]] == [size] * (len(batches) - 1)
        assert torch.equal(torch.cat(batches), truths[FLAT])
    with pytest.raises(ShapeError, match="at least one row"):
        store[FLAT].batches(0)


def test_iteration_ends_with_the_last_row(tmp_path: Path) -> None:
    store, truths, _ = made(tmp_path)
    assert torch.equal(torch.stack(list(store[FLAT])), truths[FLAT])


@pytest.mark.parametrize("dtype", DTYPES)
def test_numpy_sees_an_array(tmp_path: Path, dtype: torch.dtype) -> None:
    store, truths, _ = made(tmp_path, dtype)
    truth = truths[HEADS].float() if dtype is torch.bfloat16 else truths[HEADS]
    assert np.array_equal(np.asarray(store[HEADS]), truth.numpy())
    assert np.asarray(store[HEADS], dtype=np.float32).dtype == np.float32
    with pytest.raises(ValueError, match="always copied"):
        np.array(store[HEADS], copy=False)


def test_what_is_given_out_is_a_copy(tmp_path: Path) -> None:
    store, truths, _ = made(tmp_path)
    rows: Rows = store[FLAT]
    for found in (rows[3], rows[0:5], rows[torch.tensor([0, 3])], rows.tensor(), next(rows.batches(9))):
        found.zero_()
    assert torch.equal(rows.tensor(), truths[FLAT])


def test_only_the_files_that_are_needed_are_opened(tmp_path: Path) -> None:
    store, truths, index = made(tmp_path)
    (tmp_path / "shards/00002/rows_0.safetensors").unlink()
    first = int((index["sequence"] < 4).sum())
    assert torch.equal(store[FLAT][:first], truths[FLAT][:first])
    with pytest.raises(OSError, match="00002"):
        store[FLAT][first]
