"""Batches against rows that lie in memory, picked out by an order written down as a whole."""

from pathlib import Path

import pytest
import torch

import interp
from interp import Site
from interp.errors import ShapeError, UnknownNameError
from interp.store.order import Order
from interp.store.stream import Stream
from tests.interp.store.made import SITES, Made, made
from tests.interp.store.test_order import slow

FLAT, HEADS = SITES
DTYPES = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


def streamed(one: Made, seed: int = 0, buffer: int = 24, chunk: int = 4) -> Stream:
    return one.store.stream(SITES, 8, seed=seed, buffer=buffer, chunk=chunk)


@pytest.mark.parametrize("dtype", DTYPES)
def test_batches_are_the_rows_of_the_slow_order_at_every_site(tmp_path: Path, dtype: torch.dtype) -> None:
    one = made(tmp_path, dtype)
    stream = streamed(one)
    batches = [rows for epoch in range(3) for rows in slow(stream.order, epoch)]
    assert len(batches) == 3 * stream.steps_per_epoch == 3 * (len(one.store) // 8)
    for step, ids in enumerate(batches):
        found = stream(step)
        assert list(found) == list(SITES)
        assert stream.ids(step).tolist() == ids
        for site in SITES:
            assert torch.equal(found[site], one.rows[site][ids].flatten(1).float())


def test_any_step_has_the_same_bits_whatever_was_asked_for_before(tmp_path: Path) -> None:
    one = made(tmp_path)
    stream, steps = streamed(one), [40, 3, 2, 17, 0, 39, 40]
    for step in steps:
        assert all(torch.equal(streamed(one)(step)[site], stream(step)[site]) for site in SITES)


def test_an_interrupted_fill_does_not_pass_for_a_whole_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = made(tmp_path)
    stream = streamed(one)
    stream(0)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(one.store[HEADS], "copy_into", interrupted)
        with pytest.raises(KeyboardInterrupt):
            stream(stream.steps_per_epoch)
    for step in (0, stream.steps_per_epoch):
        assert torch.equal(stream(step)[HEADS], streamed(one)(step)[HEADS])


def test_chosen_rows_are_the_only_ones_in_whatever_order_they_are_named(tmp_path: Path) -> None:
    one = made(tmp_path)
    train, validation = one.store.split(0.3, torch.Generator().manual_seed(0))
    stream = one.store.stream(FLAT, 8, seed=0, rows=train, buffer=24, chunk=4)
    assert stream.steps_per_epoch == len(train) // 8
    for epoch in range(2):
        steps = range(epoch * stream.steps_per_epoch, (epoch + 1) * stream.steps_per_epoch)
        ids = torch.cat([stream.ids(step) for step in steps])
        assert len(set(ids.tolist())) == len(ids) == len(train) - len(train) % 8
        assert not set(ids.tolist()) & set(validation.tolist())
        assert torch.equal(torch.cat([stream(step)[FLAT] for step in steps]), one.rows[FLAT][ids].float())
    order = Order(len(train), 8, seed=0, buffer=24, chunk=4)
    assert [stream.ids(step).tolist() for step in range(order.steps_per_epoch)] == [
        train[places].tolist() for places in slow(order, 0)
    ]
    shuffled = train[torch.randperm(len(train), generator=torch.Generator().manual_seed(1))]
    again = one.store.stream(FLAT, 8, seed=0, rows=shuffled, buffer=24, chunk=4)
    assert torch.equal(again.ids(5), stream.ids(5))
    assert again.identity == stream.identity


def test_a_batch_belongs_to_the_one_who_asked_for_it(tmp_path: Path) -> None:
    stream = streamed(made(tmp_path, torch.float32))
    before = stream(0)[FLAT].clone()
    stream(0)[FLAT].zero_()
    assert torch.equal(stream(0)[FLAT], before)


def test_every_row_of_a_batch_leads_to_its_text(tmp_path: Path) -> None:
    one = made(tmp_path)
    stream = streamed(one)
    for place, row in enumerate(stream.ids(4).tolist()):
        assert torch.equal(stream(4)[FLAT][place], one.rows[FLAT][row].float())
        assert one.store.trace(row)._asdict() == {name: int(column[row]) for name, column in one.columns.items()}


def test_one_site_may_be_named(tmp_path: Path) -> None:
    one = made(tmp_path)
    for site in (FLAT, FLAT.name, "blocks.1.hook_resid_pre", [FLAT]):
        assert list(one.store.stream(site, 8, seed=0)(0)) == [FLAT]
    with pytest.raises(UnknownNameError):
        one.store.stream(interp.resid(7), 8, seed=0)
    with pytest.raises(ShapeError, match="at least one site"):
        one.store.stream([], 8, seed=0)


def test_the_width_is_that_of_flat_rows_and_of_all_sites(tmp_path: Path) -> None:
    one = made(tmp_path)
    stream = streamed(one)
    assert (stream.width, stream.widths) == (6, {FLAT: 6, HEADS: 6})
    assert stream(0)[HEADS].shape == (8, 6)
    narrow = {FLAT: one.store[FLAT], Site("z", 1): one.store[HEADS]}
    narrow[FLAT].row = (2,)
    with pytest.raises(ShapeError, match=r"several widths: \[2, 6\]"):
        _ = Stream(narrow, 8, seed=0).width


@pytest.mark.parametrize("number", [torch.nan, torch.inf, -torch.inf])
def test_a_batch_with_nan_or_infinity_is_refused_with_its_row(tmp_path: Path, number: float) -> None:
    one = made(tmp_path)
    stream = streamed(one)
    row = int(stream.ids(3)[5])
    stream._buffers[HEADS].view(torch.float16)[stream._shuffled[3 * 8 - stream_start(stream, 3) + 5], 2] = number
    with pytest.raises(ShapeError, match=rf"at blocks.0.attn.hook_z in 1 of 8 rows, first in row {row} of the store"):
        stream(3)


def stream_start(stream: Stream, step: int) -> int:
    """Rows handed out before the buffer of a step."""
    return step * stream.order.batch - stream.order.locate(step).start


def test_finite_numbers_with_an_infinite_sum_are_none_of_this(tmp_path: Path) -> None:
    one = made(tmp_path, torch.float32)
    stream = streamed(one)
    stream(0)
    stream._buffers[FLAT].view(torch.float32).fill_(3e38)
    assert stream(0)[FLAT].isfinite().all()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (torch.tensor([1, 2, 1, *range(3, 20)]), "row 1 is chosen more than once"),
        (torch.arange(-1, 20), "the chosen ones from -1 to 19"),
        (torch.arange(5000), "the chosen ones from 0 to 4999"),
        (torch.ones(50, dtype=torch.bool), "chosen by integers"),
        (torch.arange(7), "7 rows are fewer than a batch of 8"),
    ],
)
def test_wrong_rows_are_refused(tmp_path: Path, rows: torch.Tensor, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        made(tmp_path).store.stream(FLAT, 8, seed=0, rows=rows)


def test_a_store_with_fewer_rows_than_a_batch_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ShapeError, match="rows are fewer than a batch of 4096: take a smaller batch, or harvest more"):
        made(tmp_path).store.stream(FLAT, 4096, seed=0)


def test_the_identity_says_everything_that_decides_the_batches(tmp_path: Path) -> None:
    one = made(tmp_path / "a")
    streams = [
        streamed(one), streamed(one, seed=1), streamed(one, buffer=32), streamed(one, chunk=8),
        one.store.stream(FLAT, 8, seed=0, buffer=24, chunk=4), one.store.stream(SITES, 9, seed=0, buffer=24, chunk=4),
        one.store.stream(SITES, 8, seed=0, buffer=24, chunk=4, rows=torch.arange(40)),
        streamed(made(tmp_path / "b", torch.bfloat16)),
    ]  # fmt: skip
    assert len({stream.identity for stream in streams}) == len(streams)
    assert streamed(made(tmp_path / "c")).identity == streams[0].identity
