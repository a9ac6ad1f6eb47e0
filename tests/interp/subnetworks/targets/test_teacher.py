from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import torch

import interp
from interp import Model, ShapeError
from interp.subnetworks.hidden import final_states
from interp.subnetworks.targets import Teacher
from tests.architectures import fresh, some_tokens
from tests.interp.subnetworks.targets.oracle import double, fast, require_same, slow

TOKENS = some_tokens()


def test_it_is_the_cross_entropy_to_what_the_teacher_says(name: str) -> None:
    model, teacher = double(name), double("gpt2" if name != "gpt2" else "gemma2")
    said = teacher(TOKENS).detach().softmax(-1)
    for where, picked in ((None, [True] * TOKENS.numel()), (even, even(TOKENS).flatten().tolist())):
        rows = (row if keep else None for row, keep in zip(said.flatten(0, 1), picked, strict=True))
        expected = slow(model, TOKENS, lambda _, rows=rows: next(rows))  # type: ignore[misc]
        require_same(fast(model, TOKENS, Teacher(teacher, where).prepare(model)), expected)


def even(tokens: torch.Tensor) -> torch.Tensor:
    return tokens % 2 == 0


def test_a_model_is_its_own_teacher_with_the_masks_off(name: str) -> None:
    model, whole, idle = double(name), double(name), [False]

    @contextmanager
    def off() -> Iterator[None]:
        idle[0] = True
        try:
            yield
        finally:
            idle[0] = False

    def halve(_: object, __: object, out: torch.Tensor) -> torch.Tensor:
        return out if idle[0] else out / 2

    model.part(model.anatomy.mlp, 1).register_forward_hook(halve)
    found = fast(model, TOKENS, Teacher().prepare(model, off=off))
    require_same(found, fast(model, TOKENS, Teacher(whole).prepare(model)))


def test_the_best_pupil_is_the_teacher(gpt2: Model) -> None:
    hidden = final_states(gpt2, TOKENS).detach().requires_grad_()
    loss = Teacher().prepare(gpt2).loss(hidden, TOKENS)
    loss.backward()
    chances = gpt2(TOKENS).detach().log_softmax(-1)
    torch.testing.assert_close(loss.detach(), -(chances.exp() * chances).sum(-1).mean())
    assert hidden.grad is not None
    assert float(hidden.grad.abs().max()) < 1e-6


def test_no_gradient_reaches_the_teacher() -> None:
    model, teacher = double("gpt2"), double("llama")
    Teacher(teacher).prepare(model).loss(final_states(model, TOKENS), TOKENS).backward()
    assert all(weight.grad is None for weight in teacher.hf.parameters())


def test_a_batch_without_positions_that_count_does_not_ask_the_teacher(gpt2: Model) -> None:
    prepared = Teacher(where=lambda tokens: tokens < 0).prepare(gpt2)
    assert float(prepared.loss(final_states(gpt2, TOKENS).detach(), TOKENS)) == 0


def test_a_teacher_with_other_tokens_is_refused(gpt2: Model) -> None:
    other = interp.load(fresh("llama", vocab_size=60))
    with pytest.raises(ShapeError, match="vocabulary of 60"):
        Teacher(other).prepare(gpt2)


def test_the_identity_is_that_of_the_weights() -> None:
    hf = fresh("gpt2")
    one, same, itself = Teacher(interp.load(hf)), Teacher(interp.load(fresh("gpt2"))), Teacher()
    assert one.identity == same.identity != itself.identity != Teacher(where=even).identity
    with torch.no_grad():
        hf.lm_head.weight[0, 0] += 1
    assert Teacher(interp.load(hf)).identity != same.identity
