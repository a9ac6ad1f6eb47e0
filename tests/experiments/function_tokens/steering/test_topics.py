import pytest
import torch

from experiments.function_tokens.steering.topics import halves
from interp.errors import InterpError
from interp.retrieval.prompts import Prompts


def texts(*documents: int) -> Prompts:
    """One text of each document, which is its place in the list."""
    count = len(documents)
    return Prompts(torch.arange(count)[:, None], torch.zeros(count).long(), torch.tensor(documents))


def test_no_document_has_texts_on_both_sides() -> None:
    # Documents 3, 5, 8, 9: the first and third set the threshold.
    first, second = halves(texts(3, 3, 8, 5, 9, 9, 8))
    assert first[:, 0].tolist() == [0, 1, 2, 6]
    assert second[:, 0].tolist() == [3, 4, 5]


def test_one_document_can_not_set_a_threshold_and_judge_it() -> None:
    with pytest.raises(InterpError, match="two held-out documents"):
        halves(texts(4, 4))
