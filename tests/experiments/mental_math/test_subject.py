from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from experiments.mental_math.sampling import Sampling
from experiments.mental_math.subject import Plan, Subject, prepare
from experiments.mental_math.tasks import TASKS, Task
from experiments.mental_math.templates import Wording
from interp import Model, load
from interp.ablation.boundaries import conditional
from interp.errors import ModelError, ShapeError
from interp.last_token.prompts import Prompts
from interp.last_token.reference import reference
from interp.last_token.setting import AllForOne
from tests.experiments.mental_math.tokenizers_made import byte_tokenizer, reads_with, word_tokenizer

PLAN = Plan(Sampling(0, 9, (0, 99)), fit=60, choose=10, report=30, floor=1, batch=16)


def right_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take any model for one that answers everything right."""

    def answers(_: Model, __: str, prompts: Prompts, ___: int) -> Any:
        return prompts.answers

    monkeypatch.setattr("experiments.mental_math.subject._full", answers)


def tuples(subject: Subject, part: str) -> set[tuple[int, ...]]:
    return set(map(tuple, subject.values[part].tolist()))


def test_a_subject_has_all_that_the_experiments_share(trained: Path) -> None:
    model = load(trained)
    subject = prepare(model, TASKS["A+B"], PLAN, 0)
    assert subject.slots == ("bos", "A", "+", "B", "=")
    assert (subject.sink, subject.shared) == ("bos", 0)
    assert subject.excluded == {"choose": 0, "report": 0}
    assert [len(subject.values[part]) for part in ("fit", "choose", "report")] == [60, 10, 30]
    assert len(tuples(subject, "fit") | tuples(subject, "choose") | tuples(subject, "report")) == 100
    for part in ("fit", "choose", "report"):
        prompts: Prompts = getattr(subject, part)
        wanted = [f"<bos>{a}+{b}={a + b}" for a, b in subject.values[part].tolist()]
        asked = [model.tokenizer.decode([*row, answer]) for row, answer in zip(*prompts, strict=True)]
        assert asked == wanted
    assert subject.full_report.equal(model(subject.report.tokens)[:, -1].argmax(-1))
    assert subject.right_report.equal(subject.full_report == subject.report.answers)
    assert subject.right_choose.any()
    assert len(subject.means.sites) == model.depth + 1
    assert subject.contexts == min(
        int((subject.fit.tokens[:, place] == row[place]).sum()) for row in subject.report.tokens for place in range(5)
    )


def test_the_engine_and_the_setting_of_a_subject_fit_its_prompts(trained: Path) -> None:
    subject = prepare(load(trained), TASKS["A+B"], PLAN, 0)
    setting = subject.setting(1, 1, last_n=2)
    assert setting == AllForOne(1, 1, last_n=2)
    fast = subject.engine.logits(subject.report.tokens, setting)
    slow = reference(subject.model, subject.report.tokens, setting, conditional(subject.means))
    torch.testing.assert_close(fast, slow, atol=1e-4, rtol=0)


def test_the_same_seed_gives_the_same_prompts_and_another_seed_others(trained: Path) -> None:
    model = load(trained)
    first, same, other = (prepare(model, TASKS["A+B"], PLAN, seed) for seed in (1, 1, 2))
    assert first.told() == same.told()
    assert first.report.tokens.equal(same.report.tokens)
    assert tuples(first, "report") != tuples(other, "report")


def test_a_task_too_small_for_three_parts_shares_as_few_prompts_as_it_can_and_says_how_many(trained: Path) -> None:
    plan = Plan(PLAN.sampling, fit=80, choose=10, report=30, floor=1)
    subject = prepare(load(trained), TASKS["A+B"], plan, 0)
    assert [len(subject.values[part]) for part in ("fit", "choose", "report")] == [80, 10, 30]
    assert subject.shared == len(tuples(subject, "fit") & tuples(subject, "report")) == 10
    assert not tuples(subject, "choose") & tuples(subject, "report")
    plan = Plan(PLAN.sampling, fit=800, choose=100, report=300, floor=1)
    subject = prepare(load(trained), TASKS["A+B"], plan, 0)
    assert [len(subject.values[part]) for part in ("fit", "choose", "report")] == [100, 25, 75]
    assert subject.shared == 75


def test_prompts_whose_keys_have_too_few_contexts_are_left_out_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    right_always(monkeypatch)
    model = reads_with(word_tokenizer())
    # A - B with an answer of 0 or more: B = b goes with 10 - b first operands, A = a with a + 1 second ones.
    subject = prepare(model, TASKS["A-B"], Plan(PLAN.sampling, fit=55, choose=15, report=40, floor=4), 0)
    kept = tuples(subject, "choose") | tuples(subject, "report")
    assert kept == {(a, b) for a in range(3, 10) for b in range(7) if b <= a}
    assert subject.excluded["choose"] + subject.excluded["report"] == 55 - len(kept)
    assert subject.contexts == 4
    assert subject.shared == len(tuples(subject, "report"))
    with pytest.raises(ShapeError, match=r"none of the 15 prompts of A-B to choose on .* 30 contexts each: 3 of 23"):
        prepare(model, TASKS["A-B"], Plan(PLAN.sampling, fit=55, choose=15, report=40, floor=30), 0)


def test_numbers_that_the_tokenizer_cannot_read_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    right_always(monkeypatch)
    plan = Plan(Sampling(90, 109, (0, 99)), fit=30, choose=10, report=100, floor=1)
    subject = prepare(reads_with(byte_tokenizer(bos=True)), TASKS["A-B"], plan, 0)
    assert subject.excluded["number"] == 155
    assert subject.sink == "bos"


def test_without_a_beginning_token_there_is_no_sink_and_the_engine_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    right_always(monkeypatch)
    subject = prepare(reads_with(byte_tokenizer()), TASKS["A+B+C"], Plan(Sampling(0, 5), 120, 20, 40, 1), 0)
    assert subject.slots == ("A", "+", "B", "+ (2)", "C", "=")
    assert (subject.sink, subject.layout.condition) == ("none", "by_token")
    assert not subject.setting(1, 1).sink
    agrees(subject)


def test_a_first_operand_can_be_kept_as_the_sink_with_means_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    right_always(monkeypatch)
    plan = Plan(Sampling(0, 5), 120, 20, 40, 1, keep_first=True)
    subject = prepare(reads_with(byte_tokenizer()), TASKS["A+B+C"], plan, 0)
    assert (subject.sink, subject.layout.condition) == ("first token", "with_first")
    assert subject.setting(1, 1).sink
    agrees(subject)


def agrees(subject: Subject) -> None:
    setting = subject.setting(1, 1)
    fast = subject.engine.logits(subject.report.tokens, setting)
    slow = reference(subject.model, subject.report.tokens, setting, conditional(subject.means))
    torch.testing.assert_close(fast, slow, atol=1e-4, rtol=0)


def test_words_around_the_numbers_keep_the_letters_of_the_operands(monkeypatch: pytest.MonkeyPatch) -> None:
    right_always(monkeypatch)
    subject = prepare(reads_with(word_tokenizer()), Wording(TASKS["A-B"], "instruction"), PLAN, 0)
    assert subject.wording.style == "instruction"
    place = {slot: number for number, slot in enumerate(subject.slots)}
    assert place["B"] < place["A"]
    for row, (a, b) in zip(subject.report.tokens.tolist(), subject.values["report"].tolist(), strict=True):
        pieces = subject.model.tokenizer.convert_ids_to_tokens(row)
        assert (pieces[place["A"]], pieces[place["B"]]) == (str(a), str(b))


def test_what_is_told_of_a_subject_is_json(trained: Path) -> None:
    import json

    told = prepare(load(trained), TASKS["A+B"], PLAN, 0).told()
    assert json.loads(json.dumps(told)) == told
    assert (told["task"], told["style"], told["keys"], told["floor"]) == ("A+B", "original", "by_token", 1)


def test_a_model_that_answers_nothing_right_is_refused_with_an_example(untrained: Path) -> None:
    hard = Task("A+B", 2, lambda a, b: 0 * a + 77 - 0 * b)
    with pytest.raises(ModelError, match=r"answers none of 10 prompts of A\+B right.* instead of '77'"):
        prepare(load(untrained), hard, PLAN, 0)


def test_parts_without_prompts_are_refused(untrained: Path) -> None:
    model = load(untrained)
    with pytest.raises(ShapeError, match="1 or more"):
        prepare(model, TASKS["A+B"], Plan(PLAN.sampling, choose=0), 0)
    with pytest.raises(ShapeError, match="one prompt cannot be divided"):
        prepare(model, TASKS["A+B"], Plan(Sampling(3, 3), 1, 1, 1), 0)


def test_values_of_the_parts_are_numbers_of_the_range(trained: Path) -> None:
    subject = prepare(load(trained), TASKS["A+B"], PLAN, 3)
    assert all(((values >= 0) & (values <= 9)).all() for values in subject.values.values())
    assert all(isinstance(values, np.ndarray) for values in subject.values.values())
