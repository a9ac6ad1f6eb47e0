import math
from typing import Any

import pytest
import torch

import interp
from interp import Model, ShapeError
from interp.generation import generate, repetition
from tests.architectures import VOCABULARY, fresh, some_tokens

PROMPTS = some_tokens(3, 4)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@torch.no_grad()
def test_the_likeliest_token_is_taken_one_after_another(model: Model) -> None:
    text = PROMPTS
    for _ in range(5):
        text = torch.cat([text, model(text)[:, -1:].argmax(-1)], 1)
    assert torch.equal(generate(model, PROMPTS, 5, seeded(), temperature=0.0), text[:, 4:])


@torch.no_grad()
def test_tokens_are_drawn_as_often_as_the_model_says() -> None:
    model = interp.load(fresh("gpt2"))
    chances = (model(PROMPTS[:1])[0, -1].double() / 0.7).softmax(-1)
    drawn = generate(model, PROMPTS[:1].expand(20_000, 4), 1, seeded(), temperature=0.7)
    shares = torch.bincount(drawn[:, 0], minlength=VOCABULARY) / 20_000
    # Four standard deviations of each share, and one draw.
    assert bool(((shares - chances).abs() <= 4 * (chances * (1 - chances) / 20_000).sqrt() + 1 / 20_000).all())


def test_the_same_generator_gives_the_same_text(gpt2: Model) -> None:
    first, again, other = (generate(gpt2, PROMPTS, 9, seeded(seed)) for seed in (1, 1, 2))
    assert first.shape == (3, 9)
    assert first.dtype == torch.int64
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_small_temperature_is_almost_none_and_never_infinite() -> None:
    hf = fresh("llama")
    with torch.no_grad():
        hf.lm_head.weight.mul_(1e4)
    model = interp.load(hf)
    likeliest = generate(model, PROMPTS, 6, seeded(), temperature=0.0)
    assert torch.equal(generate(model, PROMPTS, 6, seeded(), temperature=1e-38), likeliest)


@torch.no_grad()
def test_a_full_context_forgets_its_earliest_tokens() -> None:
    model = interp.load(fresh("gpt2"))
    text = some_tokens(2, model.context - 2)
    expected = text
    for _ in range(6):
        expected = torch.cat([expected, model(expected[:, -model.context :])[:, -1:].argmax(-1)], 1)
    assert torch.equal(generate(model, text, 6, seeded(), temperature=0.0), expected[:, text.shape[1] :])
    long = torch.cat([some_tokens(2, 9, seed=5), some_tokens(2, model.context)], 1)
    ends = generate(model, long[:, -model.context :], 3, seeded(), temperature=0.0)
    assert torch.equal(generate(model, long, 3, seeded(), temperature=0.0), ends)


def test_edits_act(gpt2: Model) -> None:
    before = generate(gpt2, PROMPTS, 6, seeded(), temperature=0.0)
    with interp.edited(gpt2, interp.zero_ablate(interp.mlp_out(1))):
        assert not torch.equal(generate(gpt2, PROMPTS, 6, seeded(), temperature=0.0), before)


@pytest.mark.usefixtures("unchecked")
def test_what_makes_no_text_is_refused(gpt2: Model) -> None:
    wrong: list[tuple[Any, Any]] = [(0, 1.0), (3, -0.5), (3, math.nan), (3, math.inf)]
    for count, temperature in wrong:
        with pytest.raises(ShapeError, match="count must be 1 or more"):
            generate(gpt2, PROMPTS, count, seeded(), temperature)
    with pytest.raises(ShapeError, match="empty"):
        generate(gpt2, PROMPTS[:, :0], 3, seeded())
    with pytest.raises(ShapeError, match="vocabulary"):
        generate(gpt2, PROMPTS + VOCABULARY, 3, seeded())


def test_repetition_by_hand() -> None:
    found = repetition(torch.tensor([[7, 7, 7, 7], [1, 2, 1, 2]]))
    assert found == ((1 + 0.5) / 2, (0.25 + 0.5) / 2, (1 / 3 + 2 / 3) / 2, (4 + 1) / 2)


def test_texts_that_do_not_repeat_and_texts_of_one_token() -> None:
    assert repetition(torch.arange(5)[None]) == (1 / 5, 1, 1, 1)
    single = repetition(torch.tensor([[3], [3]]))
    assert single[:2] == (1, 1)
    assert math.isnan(single.distinct_pairs)
    assert single.run == 1


@pytest.mark.usefixtures("unchecked")
def test_no_text_has_no_repetition() -> None:
    for tokens in (torch.zeros(0, 3), torch.zeros(2, 0), torch.zeros(4)):
        with pytest.raises(ShapeError, match="at least one token"):
            repetition(tokens.long())
