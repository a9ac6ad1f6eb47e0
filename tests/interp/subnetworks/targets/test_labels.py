import json

import pytest
import torch
from torch import Tensor

import interp
from interp import InterpError, Model, ShapeError
from interp.subnetworks.hidden import final_states
from interp.subnetworks.targets import Labels, next_tokens
from tests.architectures import VOCABULARY, fresh, some_tokens
from tests.interp.subnetworks.targets.oracle import double, fast, require_same, slow

TOKENS = some_tokens()


def one_hot(token: int) -> Tensor:
    return torch.nn.functional.one_hot(torch.tensor(token), VOCABULARY).double()


def test_next_tokens_are_those_that_come_next_and_none_at_the_end() -> None:
    assert next_tokens(torch.tensor([[3, 1, 4], [1, 5, 9]])).tolist() == [[1, 4, -1], [5, 9, -1]]
    assert next_tokens(torch.tensor([[3]], dtype=torch.uint8)).tolist() == [[-1]]


def test_by_default_it_is_the_loss_of_a_language_model(name: str) -> None:
    model = double(name)
    found = fast(model, TOKENS, Labels().prepare(model))
    loss = torch.nn.functional.cross_entropy(model(TOKENS)[:, :-1].flatten(0, 1), TOKENS[:, 1:].flatten())
    (gradient,) = torch.autograd.grad(loss, next(model.blocks[0].parameters()))
    require_same(found, (loss.detach(), gradient))


def test_any_function_can_say_what_is_right_and_where(name: str) -> None:
    model = double(name)

    def right(tokens: Tensor) -> Tensor:
        return torch.where(tokens % 3 == 0, -5, (tokens * 7) % VOCABULARY)

    def where(tokens: Tensor) -> Tensor:
        return tokens > 20

    found = fast(model, TOKENS, Labels(right, where, name="times seven").prepare(model))
    expected = slow(model, TOKENS, lambda t: one_hot(t[-1] * 7 % VOCABULARY) if t[-1] > 20 and t[-1] % 3 else None)
    require_same(found, expected)


def test_a_batch_without_labels_teaches_nothing(gpt2: Model) -> None:
    hidden = final_states(gpt2, TOKENS[:, :1]).detach().requires_grad_()
    loss = Labels().prepare(gpt2).loss(hidden, TOKENS[:, :1])
    loss.backward()
    assert hidden.grad is not None
    assert float(loss.detach()) == 0 == float(hidden.grad.abs().max())


def test_half_precision_is_widened() -> None:
    model, full = interp.load(fresh("gptj").bfloat16()), double("gptj")
    loss = Labels().prepare(model).loss(final_states(model, TOKENS).detach(), TOKENS)
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss.double(), fast(full, TOKENS, Labels().prepare(full))[0], rtol=0.03, atol=0)


@pytest.mark.usefixtures("unchecked")
def test_labels_that_are_none_are_refused(gpt2: Model) -> None:
    wrong = {
        "not in the vocabulary": lambda tokens: tokens + VOCABULARY,
        r"integers \[3, 7\], not torch.float32": lambda tokens: tokens.float(),
        r"not torch.int64 \[3, 6\]": lambda tokens: tokens[:, 1:],
    }
    for message, function in wrong.items():
        with pytest.raises(ShapeError, match=message):
            Labels(function).prepare(gpt2).loss(final_states(gpt2, TOKENS), TOKENS)


def test_the_identity_names_the_functions() -> None:
    assert json.loads(Labels().identity)["function"].endswith("targets.labels.next_tokens")
    assert Labels().identity != Labels(where=torch.isfinite).identity != Labels(torch.isfinite).identity
    assert Labels(lambda tokens: tokens, name="same").identity == Labels(lambda tokens: tokens, name="same").identity
    with pytest.raises(InterpError, match="give the target a name"):
        _ = Labels(lambda tokens: tokens).identity
