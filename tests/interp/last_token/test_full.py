import pytest
import torch

import interp
from interp import Model, ShapeError
from interp.last_token.full import Answered, answered, answers
from interp.last_token.prompts import Prompts
from tests.architectures import some_tokens

TOKENS = some_tokens(7, 5)


@torch.no_grad()
def test_the_answers_are_the_most_likely_tokens_at_the_last_position(model: Model) -> None:
    assert torch.equal(answers(model, TOKENS), model(TOKENS)[:, -1].argmax(-1))


@pytest.mark.parametrize("batch", [1, 3, 7, 100])
def test_they_do_not_depend_on_how_many_run_at_a_time(gpt2: Model, batch: int) -> None:
    assert torch.equal(answers(gpt2, TOKENS, batch), answers(gpt2, TOKENS))


def test_edits_around_it_are_seen(gpt2: Model) -> None:
    with interp.edited(gpt2, interp.zero_ablate(interp.resid(1))), torch.no_grad():
        assert torch.equal(answers(gpt2, TOKENS), gpt2(TOKENS)[:, -1].argmax(-1))


def test_prompts_are_marked_where_the_model_is_right(gpt2: Model) -> None:
    truth = answers(gpt2, TOKENS)
    wanted = torch.where(torch.arange(7) < 4, truth, (truth + 1) % 50)
    found = answered(gpt2, Prompts(TOKENS, wanted))
    assert found.right.tolist() == [True] * 4 + [False] * 3
    assert torch.equal(found.known.tokens, TOKENS[:4])
    assert torch.equal(found.known.answers, truth[:4])
    assert found.full.tolist() == [*truth[:4].tolist(), -1, -1, -1]


def test_no_right_answer_is_an_error_that_says_where_to_look() -> None:
    none = Answered(Prompts(TOKENS, TOKENS[:, 0]), torch.zeros(7, dtype=torch.bool))
    with pytest.raises(ShapeError, match=r"none of the 7 prompts right.*beginning token"):
        none.known  # noqa: B018


def test_bad_batches_and_tokens_are_refused(gpt2: Model) -> None:
    with pytest.raises(ShapeError, match="batch must be 1 or more, not 0"):
        answers(gpt2, TOKENS, 0)
    with pytest.raises(ShapeError, match="not in the vocabulary"):
        answers(gpt2, TOKENS + 50)
