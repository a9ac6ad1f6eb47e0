import numpy as np
import pytest
import torch

from experiments.mental_math.questions import Span, grouped, kinds, tokenizer
from experiments.mental_math.tasks import TASKS
from interp.errors import InterpError, UnknownNameError

WORDS = tokenizer(99)
SPANS = tuple(Span(name, 9) for name in TASKS)


def test_every_row_reads_as_its_question_and_has_its_answer() -> None:
    for kind in kinds(WORDS, SPANS, 99, styles=True):
        tokens, answers = kind.batch(8, np.random.default_rng(0))
        for row, answer in zip(tokens, answers, strict=True):
            text = WORDS.decode(row[1:])
            numbers = [int(piece) for piece in WORDS.convert_ids_to_tokens(row[1:]) if piece.isdigit()]
            if text.startswith("If you subtract"):
                numbers.reverse()
            assert int(kind.task.answers(np.array([numbers]))[0]) == int(WORDS.decode([int(answer)]))
            assert not kind.original or text == kind.task.text(numbers)


def test_styles_are_asked_only_where_they_are_wanted() -> None:
    assert all(kind.original for kind in kinds(WORDS, SPANS, 99, styles=False))
    assert sum(not kind.original for kind in kinds(WORDS, SPANS, 99, styles=True)) == 10


def test_spare_tokens_repeat_the_last_one() -> None:
    kind = kinds(WORDS, (Span("A+B", 9),), 99, styles=False, spare=2)[0]
    tokens, _ = kind.batch(3, np.random.default_rng(0))
    assert tokens.shape == (3, 7)
    assert (tokens[:, 4:] == tokens[:, 4:5]).all()


def test_the_first_operand_is_where_it_stands() -> None:
    found = {kind.task.name: kind.first for kind in kinds(WORDS, SPANS, 99, styles=False)}
    assert set(found.values()) == {1}


def test_the_same_generator_gives_the_same_questions() -> None:
    kind = kinds(WORDS, (Span("AxB", 9),), 99, styles=False)[0]
    (one, _), (two, _) = (kind.batch(64, np.random.default_rng(3)) for _ in range(2))
    assert torch.equal(one, two)


def test_no_task_and_an_unknown_task_are_refused() -> None:
    with pytest.raises(InterpError, match="at least one task"):
        kinds(WORDS, (), 99, styles=False)
    with pytest.raises(UnknownNameError):
        kinds(WORDS, (Span("A/B", 9),), 99, styles=False)


def test_groups_are_equally_long_plain_or_prose_and_hold_every_kind_once() -> None:
    asked = kinds(WORDS, SPANS, 99, styles=True)
    groups = grouped(asked)
    assert sum(len(group.kinds) for group in groups) == len(asked)
    for group in groups:
        assert len({len(kind.row) for kind in group.kinds}) == 1
        assert {kind.original for kind in group.kinds} == {group.plain}
    assert [[kind.task.name for kind in group.kinds] for group in groups[:3]] == [
        ["A+B", "A-B", "AxB"], ["A+B+C", "A-B-C", "A+B-C", "A-B+C"], ["A-(B+C)"],
    ]  # fmt: skip


def test_a_batch_has_equally_many_questions_of_each_kind() -> None:
    group = grouped(kinds(WORDS, SPANS, 99, styles=False))[0]
    tokens, answers = group.batch(8, np.random.default_rng(0))
    texts = [WORDS.decode(row[1:]) for row in tokens]
    assert ["".join(sign for sign in text if sign in "+-x") for text in texts] == ["+"] * 3 + ["-"] * 3 + ["x"] * 2
    assert len(answers) == 8
