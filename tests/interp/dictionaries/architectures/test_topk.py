import pytest
import torch

from interp.dictionaries.architectures import TopK
from interp.errors import ShapeError


@pytest.mark.parametrize("k", [0, -1, 5, 32])
def test_k_larger_than_the_width_or_none_is_refused(k: int) -> None:
    with pytest.raises(ShapeError, match=f"k must be between 1 and the 4 latents, not {k}"):
        TopK(4, k=k)


def test_k_may_be_all_of_the_width() -> None:
    assert TopK(4, k=4).k == 4


def test_a_row_uses_its_k_largest_of_which_negative_ones_are_silent() -> None:
    architecture = TopK(3, k=2)
    pre = torch.tensor([[1.0, 3.0, 2.0], [-1.0, -3.0, 4.0]])
    code = architecture.support(pre, architecture.weights(2), 0)
    assert code is not None
    values = architecture.activate(pre[code.rows, code.latents], None)
    assert code.dense(values).tolist() == [[0, 3, 2], [0, 0, 4]]


def test_saelens_is_told_not_to_rescale_by_decoder_norms() -> None:
    config, tensors = TopK(4, k=2).saved(TopK(4, k=2).weights(3))
    assert config == {"architecture": "topk", "k": 2, "rescale_acts_by_decoder_norm": False}
    assert tensors == {}
