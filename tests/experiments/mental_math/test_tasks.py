from itertools import product

import numpy as np
import pytest

from experiments.mental_math.tasks import TASKS, allowed, draw, task
from interp.errors import InterpError, UnknownNameError


@pytest.mark.parametrize("name", TASKS)
def test_answers_are_what_the_expression_is_worth(name: str) -> None:
    this = TASKS[name]
    rows = list(product((0, 3, 11), repeat=this.operands))
    worth = [eval(this.text(row).rstrip("=").replace("x", "*")) for row in rows]
    assert this.answers(np.array(rows)).tolist() == worth


def test_the_eight_tasks_have_the_templates_of_their_names() -> None:
    assert len(TASKS) == 8
    assert TASKS["A-(B+C)"].template == "{A}-({B}+{C})="
    assert TASKS["A+B"].text((12, 30)) == "12+30="


@pytest.mark.parametrize("name", TASKS)
def test_allowed_operands_are_those_that_a_loop_finds(name: str) -> None:
    this = TASKS[name]
    slow = [
        row for row in product(range(2, 7), repeat=this.operands) if 0 <= int(this.answers(np.array([row]))[0]) <= 9
    ]
    assert [tuple(row) for row in allowed(this, 2, 6, (0, 9))] == slow


def test_allowed_operands_cannot_be_changed_by_who_gets_them() -> None:
    with pytest.raises(ValueError, match="read-only"):
        allowed(TASKS["A+B"], 0, 3, (0, 9))[0, 0] = 1


def test_no_allowed_operand_is_said_so() -> None:
    with pytest.raises(InterpError, match="no operands of A\\+B from 5 to 9 have an answer"):
        allowed(TASKS["A+B"], 5, 9, (0, 4))


def test_draws_are_allowed_follow_from_the_generator_and_reach_every_row() -> None:
    def drawn(seed: int) -> np.ndarray:
        return draw(TASKS["A-B"], 400, np.random.default_rng(seed), low=0, high=3, answers=(0, 2))

    every = allowed(TASKS["A-B"], 0, 3, (0, 2))
    assert {tuple(row) for row in drawn(1).tolist()} == {tuple(row) for row in every.tolist()}
    assert np.array_equal(drawn(1), drawn(1))
    assert not np.array_equal(drawn(1), drawn(2))


def test_an_unknown_task_gets_the_nearest_name_and_a_wrong_number_of_operands_a_reason() -> None:
    with pytest.raises(UnknownNameError, match=r"A\+B"):
        task("A+D")
    with pytest.raises(InterpError, match="has 3 operands, not 2"):
        TASKS["A+B+C"].answers(np.zeros((1, 2), np.int64))
