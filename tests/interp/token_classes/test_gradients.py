import pytest
import torch
from torch import Tensor

from interp import Model, load
from interp.errors import ModelError, ShapeError
from interp.sequences import Sequences
from interp.token_classes import Classes, TokenSet, Transitions, gradient_shares
from tests.architectures import VOCABULARY, fresh, some_tokens

TWO = Classes.two(TokenSet("function", torch.arange(10), VOCABULARY))


def transitions_of(tokens: Tensor) -> Transitions:
    return Transitions.of(Sequences.of(tokens), TWO)


def slow(model: Model, tokens: Tensor, groups: Tensor) -> Tensor:
    """The gradient of every group as one long row, prediction by prediction."""
    rows = []
    for group in range(4):
        total = torch.zeros(sum(weight.numel() for weight in model.hf.parameters()))
        for row, place in (groups == group).nonzero().tolist():
            logits = model(tokens[row : row + 1])[0, place]
            loss = -logits.log_softmax(-1)[tokens[row, place + 1]]
            parts = torch.autograd.grad(loss, list(model.hf.parameters()))
            total += torch.cat([part.flatten() for part in parts])
        rows.append(total)
    return torch.stack(rows).double()


@pytest.mark.parametrize("together", [1, 2, 8])
def test_the_gradients_are_those_of_single_predictions_summed(gpt2: Model, together: int) -> None:
    tokens = some_tokens(3, 6)
    transitions = transitions_of(tokens)
    found = gradient_shares(gpt2, tokens, transitions, together=together)
    rows = slow(gpt2, tokens, transitions.groups)
    whole = rows.sum(0)
    torch.testing.assert_close(found.norms.flatten(), rows.norm(dim=1), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found.along.flatten(), rows @ whole / whole.norm(), rtol=1e-4, atol=1e-4)
    assert found.norms.shape == (1, 2, 2)


def test_both_shares_add_up_to_1_in_every_batch(gpt2: Model) -> None:
    tokens = some_tokens(5, 7)
    found = gradient_shares(gpt2, tokens, transitions_of(tokens), batch=2)
    ones = torch.ones(3, dtype=torch.float64)
    torch.testing.assert_close(found.of_norms.sum((1, 2)), ones)
    torch.testing.assert_close(found.of_whole.sum((1, 2)), ones)
    table = found.table()
    assert list(table) == [(one, other) for one in TWO.names for other in TWO.names]
    norms, whole = table["function", "content"]
    assert norms.value == pytest.approx(float(found.of_norms[:, 0, 1].mean()))
    assert whole.value == pytest.approx(float(found.of_whole[:, 0, 1].mean()))
    assert norms.n == whole.n == 3


def test_a_group_without_a_prediction_has_no_part_and_a_single_one_the_whole(gpt2: Model) -> None:
    tokens = some_tokens(2, 6).clamp_max(9)
    found = gradient_shares(gpt2, tokens, transitions_of(tokens))
    assert found.of_norms.tolist() == [[[1, 0], [0, 0]]]
    assert found.of_whole[0, 0, 0] == pytest.approx(1)
    assert found.of_whole[0, 1].tolist() == [0, 0]


def test_batches_in_which_nothing_counts_are_left_out(gpt2: Model) -> None:
    tokens = some_tokens(4, 6)
    where = torch.ones(4, 5, dtype=torch.bool)
    where[2:] = False
    found = gradient_shares(gpt2, tokens, transitions_of(tokens).only(where), batch=2)
    assert len(found.norms) == 1
    with pytest.raises(ShapeError, match="no prediction counts"):
        gradient_shares(gpt2, tokens, transitions_of(tokens).only(where & False))


def test_gradients_flow_where_the_caller_forbade_them_and_leave_no_trace(gpt2: Model) -> None:
    tokens = some_tokens(2, 6)
    with torch.no_grad():
        found = gradient_shares(gpt2, tokens, transitions_of(tokens))
    assert (found.norms >= 0).all()
    assert all(weight.grad is None for weight in gpt2.hf.parameters())


def test_only_parameters_that_can_be_trained_count() -> None:
    model = load(fresh("gpt2"))
    tokens = some_tokens(2, 6)
    every = gradient_shares(model, tokens, transitions_of(tokens)).norms
    model.hf.requires_grad_(False)
    with pytest.raises(ModelError, match="can be trained"):
        gradient_shares(model, tokens, transitions_of(tokens))
    model.hf.get_output_embeddings().weight.requires_grad_(True)
    some = gradient_shares(model, tokens, transitions_of(tokens)).norms
    assert (some <= every).all()
    assert some.sum() > 0


def test_tokens_of_other_predictions_and_batches_of_none_are_refused(gpt2: Model) -> None:
    tokens = some_tokens(2, 6)
    with pytest.raises(ShapeError, match="of predictions"):
        gradient_shares(gpt2, tokens[:, :5], transitions_of(tokens))
    with pytest.raises(ShapeError, match="batch and together"):
        gradient_shares(gpt2, tokens, transitions_of(tokens), batch=0)
