from pathlib import Path

import numpy as np
import pytest

from experiments.mental_math.prompts import encode, sample
from experiments.mental_math.sampling import BASE, DEMO, Sampling
from experiments.mental_math.tasks import TASKS
from experiments.mental_math.templates import STYLES, Wording
from interp import load
from interp.errors import InterpError, ModelError, ShapeError
from tests.experiments.mental_math.tokenizers_made import byte_tokenizer, reads_with, word_tokenizer


def test_the_published_samplings_are_a_range_and_a_filter() -> None:
    assert Sampling(1, 99, (0, 299)) == DEMO
    assert Sampling(0, 100, (0, 999)) == BASE


def test_prompts_become_tokens_and_the_one_token_that_answers() -> None:
    model = reads_with(word_tokenizer())
    prompts = encode(model, ["12+30=", "1+2="], [42, 3])
    words = model.tokenizer.convert_ids_to_tokens
    assert [words(row) for row in prompts.tokens.tolist()] == [
        ["<s>", "12", "+", "30", "="],
        ["<s>", "1", "+", "2", "="],
    ]
    assert words(prompts.answers.tolist()) == ["42", "3"]


def test_without_a_beginning_token_none_is_put() -> None:
    model = reads_with(byte_tokenizer())
    assert model.tokenizer.convert_ids_to_tokens(encode(model, ["12+3="], [15]).tokens[0].tolist()) == [
        "12", "+", "3", "=",
    ]  # fmt: skip


def test_prompts_of_unequal_lengths_are_refused_with_an_example_of_each() -> None:
    model = reads_with(word_tokenizer())
    with pytest.raises(ShapeError, match=r"5 tokens like '1\+2=', 7 tokens like '1\+2\+4='"):
        encode(model, ["1+2=", "1+2+4="], [3, 7])


def test_no_prompts_and_other_numbers_of_answers_are_refused() -> None:
    model = reads_with(word_tokenizer())
    for texts, answers in ([], []), (["1+2="], [3, 4]):
        with pytest.raises(ShapeError, match="one answer for each"):
            encode(model, texts, answers)
    with pytest.raises(ModelError, match="1 of 1 prompts cannot be used"):
        encode(model, ["1+2="], [300])


@pytest.mark.parametrize("style", STYLES)
def test_the_projects_tokenizer_reads_every_style(style: str, untrained: Path) -> None:
    model = load(untrained)
    for name in ("A+B", "A-B"):
        wording = Wording(TASKS[name], style)
        found = sample(model, wording, 20, np.random.default_rng(0), Sampling(0, 30, (0, 99)))
        assert not found.refused
        for row, tokens, answer in zip(found.values, found.prompts.tokens, found.prompts.answers, strict=True):
            text = wording.text(row.tolist())
            right = wording.task.answers(row[None])[0]
            assert model.tokenizer.decode([*tokens, answer]) == f"<bos>{text}{right}"


def test_the_last_token_of_a_prose_style_is_a_lone_space(untrained: Path) -> None:
    model = load(untrained)
    for style in STYLES:
        found = encode(model, [Wording(TASKS["A+B"], style).text((1, 2))], [3])
        last = model.tokenizer.decode(found.tokens[0, -1:])
        assert last == ("=" if style == "original" else " ")


def test_a_sample_has_no_prompt_twice_and_all_of_them_when_more_are_asked_for() -> None:
    model = reads_with(word_tokenizer())
    found = sample(model, TASKS["A-B"], 1000, np.random.default_rng(0), Sampling(0, 9, (0, 99)))
    assert sorted(map(tuple, found.values.tolist())) == [(a, b) for a in range(10) for b in range(a + 1)]
    some = sample(model, TASKS["A-B"], 12, np.random.default_rng(0), Sampling(0, 9, (0, 99)))
    assert len({tuple(row) for row in some.values.tolist()}) == len(some.prompts.tokens) == 12
    again = sample(model, TASKS["A-B"], 12, np.random.default_rng(0), Sampling(0, 9, (0, 99)))
    assert (again.values == some.values).all()


def test_prompts_that_the_tokenizer_cannot_read_are_left_out_counted_and_replaced() -> None:
    model = reads_with(byte_tokenizer())
    wide = Sampling(90, 109, (0, 99))
    found = sample(model, TASKS["A-B"], 1000, np.random.default_rng(0), wide)
    assert found.values.max() == 99
    assert len(found.values) == 55
    assert found.refused == {"number": 210 - 55}
    few = sample(model, TASKS["A-B"], 50, np.random.default_rng(0), wide)
    assert len(few.values) == 50
    with pytest.raises(ModelError, match=r"400 of 400 prompts cannot be used .* First: the number 1"):
        sample(model, TASKS["A+B"], 10, np.random.default_rng(0), Sampling(100, 119, (0, 300)))


def test_samples_of_nothing_are_refused() -> None:
    model = reads_with(word_tokenizer())
    with pytest.raises(ShapeError, match="must be 1 or more"):
        sample(model, TASKS["A+B"], 0, np.random.default_rng(0), Sampling())
    with pytest.raises(InterpError, match="no operands"):
        sample(model, TASKS["A+B"], 5, np.random.default_rng(0), Sampling(5, 9, (0, 3)))
