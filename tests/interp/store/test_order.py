"""The order against a slow one that writes whole epochs down, and against what a uniform shuffle would do."""

from fractions import Fraction
from itertools import pairwise
from math import ceil, sqrt

import numpy as np
import pytest

from interp.errors import ShapeError
from interp.store.order import Order

SIZES = [
    # rows, batch, buffer, chunk
    (100, 7, 28, 4),
    (100, 7, 30, 4),
    (101, 10, 20, 3),
    (101, 10, 1000, 64),
    (64, 64, 64, 64),
    (65, 64, 64, 64),
    (1000, 3, 100, 1),
    (999, 1, 1, 10),
    (50, 5, 20, 1000),
]


def slow(order: Order, epoch: int) -> list[list[int]]:
    """All batches of an epoch, from lists."""
    rng = np.random.default_rng([order.seed, epoch, 0])
    chunks = [list(range(order.count))[begin : begin + order.chunk] for begin in range(0, order.count, order.chunk)]
    dealt = [row for chunk in rng.permutation(len(chunks)) for row in chunks[chunk]]
    steps = order.count // order.batch
    fewest = 1
    while fewest * (order.buffer // order.batch) * order.batch < order.count:
        fewest += 1
    shares = [ceil(Fraction(number * steps, fewest)) * order.batch for number in range(fewest)] + [order.count]
    batches = []
    for number, (begin, end) in enumerate(pairwise(shares)):
        held = sorted(dealt[begin:end])
        shuffled = np.random.default_rng([order.seed, epoch, 1 + number]).permutation(len(held))
        rows = [held[place] for place in shuffled]
        whole = len(rows) // order.batch
        batches += [rows[k * order.batch : (k + 1) * order.batch] for k in range(whole)]
    return batches


def batch(order: Order, step: int) -> list[int]:
    epoch, buffer, start = order.locate(step)
    held, shuffled = order.held(epoch, buffer), order.shuffled(epoch, buffer)
    rows: list[int] = held[shuffled[start : start + order.batch]].tolist()
    return rows


@pytest.mark.parametrize("sizes", SIZES)
def test_every_epoch_is_that_of_the_slow_order(sizes: tuple[int, int, int, int]) -> None:
    count, size, buffer, chunk = sizes
    order = Order(count, size, seed=3, buffer=buffer, chunk=chunk)
    for epoch in (0, 1, 5):
        first = epoch * order.steps_per_epoch
        found = [batch(order, first + step) for step in range(order.steps_per_epoch)]
        assert found == slow(order, epoch)


@pytest.mark.parametrize("sizes", SIZES)
def test_every_row_is_given_out_once_an_epoch_or_is_one_of_those_left_out(sizes: tuple[int, int, int, int]) -> None:
    count, size, buffer, chunk = sizes
    order = Order(count, size, seed=4, buffer=buffer, chunk=chunk)
    rows = [row for step in range(order.steps_per_epoch) for row in batch(order, step)]
    assert len(set(rows)) == len(rows) == count - count % size
    held = [order.held(0, number) for number in range(order.buffers)]
    assert sorted(np.concatenate(held).tolist()) == list(range(count))
    assert all((np.diff(rows) > 0).all() for rows in held)


@pytest.mark.parametrize("sizes", SIZES)
def test_buffers_are_about_equal_and_no_larger_than_asked_for(sizes: tuple[int, int, int, int]) -> None:
    count, size, buffer, chunk = sizes
    order = Order(count, size, seed=4, buffer=buffer, chunk=chunk)
    lengths = [len(order.held(0, number)) for number in range(order.buffers)]
    assert max(lengths) == order.largest <= buffer
    assert max(lengths) - min(lengths) < 2 * size


def test_a_step_does_not_depend_on_the_steps_before_it() -> None:
    order = Order(1000, 30, seed=0, buffer=200, chunk=8)
    inline = [batch(order, step) for step in range(100)]
    for step in (99, 3, 50, 34, 0, 98):
        assert batch(order, step) == inline[step]
        assert batch(Order(1000, 30, seed=0, buffer=200, chunk=8), step) == inline[step]


def test_epochs_and_seeds_differ_and_so_do_the_rows_left_out() -> None:
    order, other = (Order(1000, 30, seed=seed, buffer=200, chunk=8) for seed in (0, 1))
    epochs = [[row for batch in slow(order, epoch) for row in batch] for epoch in range(20)]
    assert len({tuple(epoch) for epoch in epochs}) == 20
    assert epochs[0] != [row for batch in slow(other, 0) for row in batch]
    left_out = [frozenset(range(1000)) - set(epoch) for epoch in epochs]
    assert len(set(left_out)) == 20
    # Each of 1000 rows is left out with probability 1 / 100: of 20 x 10 that are, about 18 fall on one already named.
    assert len(frozenset[int]().union(*left_out)) > 150


def test_the_generators_of_chunks_and_buffers_are_not_the_same() -> None:
    order = Order(64, 1, seed=0, buffer=64, chunk=1)
    chunks = np.random.default_rng([0, 0, 0]).permutation(64)
    assert order.shuffled(0, 0).tolist() != chunks.tolist()


def test_neighbours_meet_in_a_batch_as_often_as_a_shuffled_buffer_makes_them() -> None:
    # A batch of m out of B rows in chunks of c holds m (m - 1) / 2 * (c - 1) / (B - 1) pairs of one chunk on average.
    # Such counts of rare coincidences vary about as much as their mean: the bound is five standard deviations.
    size, buffer, chunk = 64, 4096, 16
    order = Order(4 * buffer, size, seed=2, buffer=buffer, chunk=chunk)
    pairs = distinct = 0
    for step in range(order.steps_per_epoch):
        _, counts = np.unique(np.array(batch(order, step)) // chunk, return_counts=True)
        pairs += int((counts * (counts - 1) // 2).sum())
        distinct += len(counts)
    expected = order.steps_per_epoch * size * (size - 1) / 2 * (chunk - 1) / (buffer - 1)
    assert abs(pairs - expected) < 5 * sqrt(expected)
    # A pair costs a batch at most one chunk: nine rows of ten come from a chunk of their own.
    assert distinct / (order.steps_per_epoch * size) > 1 - pairs / (order.steps_per_epoch * size) > 0.85


def test_the_place_of_every_row_in_an_epoch_is_uniform() -> None:
    # The mean of E draws from 0 ... n - 1 has standard deviation n / sqrt(12 E); 5.5 of these for 1,024 rows at once.
    count, epochs = 1024, 400
    order = Order(count, 32, seed=1, buffer=128, chunk=8)
    places = np.empty((epochs, count))
    for epoch in range(epochs):
        found = np.concatenate([order.held(epoch, n)[order.shuffled(epoch, n)] for n in range(order.buffers)])
        places[epoch, found] = np.arange(count)
    deviation = (places.mean(0) - (count - 1) / 2) / (count / sqrt(12 * epochs))
    assert np.abs(deviation).max() < 5.5
    # Their squares are 1 on average. Rows of a chunk move together, so that they count as 1,024 / 8 draws at least, and
    # the square of a normal draw has variance 2.
    assert abs((deviation**2).mean() - 1) < 5 * sqrt(2 / (count / 8))


@pytest.mark.parametrize(("buffer", "chunk"), [(2048, 8), (128, 1)])
def test_with_chunks_of_one_or_a_buffer_for_all_neighbours_are_as_far_apart_as_in_a_uniform_shuffle(
    buffer: int, chunk: int
) -> None:
    # Two places drawn from 0 ... n - 1 are n / 3 apart, with a standard deviation of n / sqrt(18).
    order = Order(2048, 32, seed=5, buffer=buffer, chunk=chunk)
    apart = []
    for epoch in range(30):
        places = np.empty(2048)
        found = np.concatenate([order.held(epoch, n)[order.shuffled(epoch, n)] for n in range(order.buffers)])
        places[found] = np.arange(2048)
        apart.append(np.abs(places[0::2] - places[1::2]))
    count = 30 * 1024
    assert abs(np.mean(apart) - 2048 / 3) < 5 * 2048 / sqrt(18 * count)


def test_fewer_rows_than_a_batch_are_refused_and_so_is_a_buffer_that_holds_none() -> None:
    with pytest.raises(ShapeError, match="9 rows are fewer than a batch of 10: take a smaller batch, or harvest more"):
        Order(9, 10, seed=0, buffer=100, chunk=4)
    with pytest.raises(ShapeError, match="a buffer of 9 rows cannot hold a batch of 10"):
        Order(100, 10, seed=0, buffer=9, chunk=4)


@pytest.mark.parametrize(("size", "seed", "chunk"), [(0, 0, 1), (1, -1, 1), (1, 0, 0)])
def test_sizes_and_seeds_out_of_range_are_refused(size: int, seed: int, chunk: int) -> None:
    with pytest.raises(ShapeError, match="at least"):
        Order(10, size, seed=seed, buffer=10, chunk=chunk)


def test_steps_count_from_zero() -> None:
    with pytest.raises(ShapeError, match="no step -1"):
        Order(10, 1, seed=0, buffer=10, chunk=1).locate(-1)
