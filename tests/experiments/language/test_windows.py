import pytest
import torch
from torch import Tensor

from experiments.language.windows import Windows
from interp.errors import ShapeError

STREAM = torch.arange(1, 104, dtype=torch.int32)


def windows(seed: int = 0, bos: float = 0.0) -> Windows:
    return Windows(STREAM, 8, 4, separator=0, bos=bos, seed=seed)


def epoch(source: Windows, number: int) -> Tensor:
    steps = source.steps_per_epoch
    return torch.cat([source(number * steps + step) for step in range(steps)])


def test_the_windows_of_a_step_follow_from_the_step_alone() -> None:
    source, again = windows(), windows()
    late = source(7)
    assert torch.equal(again(2), source(2))
    assert torch.equal(again(7), late), "asking for another step first must change nothing"
    assert not torch.equal(windows(seed=1)(7), late)


def test_an_epoch_reads_each_window_once_and_overlaps_in_one_token_only() -> None:
    source = windows()
    assert source.steps_per_epoch == 2
    for number in range(5):
        cut = epoch(source, number)
        assert cut.shape == (8, 9)
        assert (cut.diff(dim=1) == 1).all(), "a window is a part of the stream"
        assert len(cut[:, 1:].unique()) == 64, "no token is predicted twice"


def test_epochs_cut_and_order_the_stream_anew() -> None:
    source = windows()
    firsts = [epoch(source, number)[:, 0] for number in range(6)]
    assert len({int(first[0]) % 8 for first in firsts}) > 1
    assert all((first % 8).unique().numel() == 1 for first in firsts)
    assert (firsts[0] != firsts[0].sort().values).any()


def test_as_many_windows_begin_with_the_separator_as_asked() -> None:
    assert (epoch(windows(bos=1.0), 0)[:, 0] == 0).all()
    assert (epoch(windows(bos=0.0), 0) != 0).all()
    half = torch.cat([epoch(windows(bos=0.5), number) for number in range(40)])
    assert 0.35 < (half[:, 0] == 0).float().mean() < 0.65
    assert (half[:, 1:] != 0).all()


def test_a_stream_that_is_too_short_for_one_batch_is_refused() -> None:
    Windows(STREAM[:40], 8, 4, separator=0, bos=0.0, seed=0)(3)
    with pytest.raises(ShapeError, match="need 40"):
        Windows(STREAM[:39], 8, 4, separator=0, bos=0.0, seed=0)
