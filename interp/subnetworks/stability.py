"""Whether a search went wrong on its way."""

import torch
from jaxtyping import Float
from torch import Tensor

WINDOW = 10
"""Steps whose mean a step is held against."""
MORE, TIMES = 0.25, 1.25
"""A jump is a step that is more than so many nats, or more than so many times, over that mean."""


def unstable(curve: Float[Tensor, " step"], calm: int, first: int = 0) -> int | None:
    """The first step whose jump of the cross-entropy is not recovered `calm` steps before the end; None without one.

    The test that decides whether a search is made again (Chang & Bergen 2025, appendix A.2): a step jumps when it is
    over the mean of the ten before it by 0.25 nats or a quarter, and is recovered as soon as a later step is not. Steps
    before `first` are let pass.
    """
    values = curve.double().cpu()
    if len(values) <= WINDOW:
        return None
    means = values.unfold(0, WINDOW, 1)[:-1].mean(1)
    limits = torch.minimum(means + MORE, means * TIMES)
    jumps = (values[WINDOW:] > limits).nonzero()[:, 0].tolist()
    latest = len(values) - calm
    for jump in jumps:
        step = jump + WINDOW
        if step >= first and not bool((values[step + 1 : max(step + 1, latest)] <= limits[jump]).any()):
            return int(step)
    return None
