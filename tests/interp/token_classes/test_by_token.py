import pytest
import torch

from interp.errors import ShapeError
from interp.sequences import Sequences
from interp.token_classes import TokenSet, token_losses

TOKENS = torch.tensor([[0, 1, 2, 1], [1, 0, 1, 2]])
LOSSES = torch.tensor([[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]])


def test_the_loss_of_a_token_is_the_mean_where_it_comes_next() -> None:
    found = token_losses(LOSSES, Sequences.of(TOKENS), TokenSet("some", torch.tensor([2, 1]), 5))
    assert found.ids.tolist() == [2, 1]
    assert found.means.tolist() == [17, 7]
    assert found.counts.tolist() == [2, 3]


def test_a_token_that_is_never_predicted_has_no_loss() -> None:
    found = token_losses(LOSSES, Sequences.of(TOKENS), TokenSet("some", torch.tensor([4]), 5))
    assert found.means.isnan().tolist() == [True]
    assert found.counts.tolist() == [0]


def test_predictions_over_a_separator_do_not_count() -> None:
    kept = torch.ones_like(TOKENS, dtype=torch.bool)
    kept[0, 2] = False
    sequences = Sequences(TOKENS, torch.tensor([[0, 0, 0, 1], [2, 2, 2, 2]]), TOKENS, kept, "text")
    found = token_losses(LOSSES, sequences, TokenSet("some", torch.tensor([2, 1]), 5))
    assert found.counts.tolist() == [1, 2]
    assert found.means.tolist() == [32, 8.5]


def test_losses_and_tokens_of_something_else_are_refused() -> None:
    members = TokenSet("some", torch.tensor([0]), 2)
    with pytest.raises(ShapeError, match="of predictions"):
        token_losses(LOSSES[:, :2], Sequences.of(TOKENS), members)
    with pytest.raises(ShapeError, match="must lie between 0 and 1"):
        token_losses(LOSSES, Sequences.of(TOKENS), members)
