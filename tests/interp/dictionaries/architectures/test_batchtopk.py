import pytest
import torch

from interp.dictionaries.architectures import BatchTopK
from interp.errors import ShapeError


@pytest.mark.parametrize("k", [0.0, -1.0, 4.5, float("nan")])
def test_k_larger_than_the_width_or_none_is_refused(k: float) -> None:
    with pytest.raises(ShapeError, match="k must be more than 0 and at most the 4 latents"):
        BatchTopK(4, k=k)


@pytest.mark.parametrize("rate", [0.0, 1.1, float("nan")])
def test_a_rate_that_is_no_share_is_refused(rate: float) -> None:
    with pytest.raises(ShapeError, match="threshold_rate is a share"):
        BatchTopK(4, k=1.0, threshold_rate=rate)


def test_rows_may_use_more_or_less_than_k() -> None:
    architecture = BatchTopK(3, k=1.0)
    pre = torch.tensor([[4.0, 3.0, 2.0], [1.0, 0.5, -1.0]])
    code = architecture.support(pre, architecture.weights(2), 0)
    assert code is not None
    assert code.dense(torch.ones(2)).tolist() == [[1, 1, 0], [0, 0, 0]]


def test_the_threshold_is_the_running_mean_of_the_smallest_activations() -> None:
    architecture = BatchTopK(4, k=1.0, threshold_rate=0.25)
    weights = architecture.weights(3)
    seen = []
    for values in ([5.0, 2.0, 0.0], [6.0, 9.0], [0.0, 0.0], [], [1.0]):
        architecture.settle(torch.tensor(values), weights)
        seen.append(weights.batch_threshold.item())
    # The first batch sets it; batches in which nothing fires do not count.
    assert seen == [2.0, 3.0, 3.0, 3.0, 2.5]
    config, tensors = architecture.saved(weights)
    assert config == {"architecture": "jumprelu"}
    assert tensors["threshold"].tolist() == [2.5] * 4
