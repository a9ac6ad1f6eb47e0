"""The contestants of the benchmark come to the same loss and gradient, and memory is counted as it is taken."""

import pytest
import torch

from benchmarks.cross_entropy import FACTORED, PLAIN, made, slope, ways
from benchmarks.memory import peak_bytes
from benchmarks.options import Options


def test_all_ways_to_the_same_targets_come_to_the_same_loss_and_gradient() -> None:
    subject = made(300, 16, Options())
    found = {name: (way().detach(), slope(subject, way)) for name, way in ways(subject).items() if name != PLAIN}
    assert len(found) == 3
    for loss, gradient in found.values():
        torch.testing.assert_close(loss, found[FACTORED][0])
        torch.testing.assert_close(gradient, found[FACTORED][1])


def test_what_lives_at_the_same_time_is_counted_and_what_was_there_before_is_not() -> None:
    before = torch.zeros(1000)

    def run() -> None:
        first = before + 1
        second = first * 2
        del first
        third = second.view(10, 100) * 2
        before.add_(third.sum())

    # Two tensors of 4,000 bytes at a time, and a sum.
    assert peak_bytes(run) == pytest.approx(8000, abs=8)
    assert peak_bytes(lambda: before.add_(1)) == 0
