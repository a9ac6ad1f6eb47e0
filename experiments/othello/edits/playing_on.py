"""How often the model's own next moves are illegal, step by step after an edit, beside edits that are none."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Int8

from experiments.othello.edits.bench import Bench
from experiments.othello.edits.controls import random_steps
from experiments.othello.edits.rollout import ILLEGAL, LEGAL, NOT_ASKED, Push, roll_out
from interp.stats import Interval, bootstrap

UNEDITED, EDITED, RANDOM, NULL = (
    "unedited, original board", "edited, edited board", "random direction, original board", "unedited, edited board",
)  # fmt: skip


def measure_rollout(bench: Bench, push: Push, steps: int, rng: np.random.Generator) -> dict[str, Any]:
    """Shares of illegal moves among those asked for, by step and over all steps, by who plays on which board.

    A game stops at its first illegal move, so that every step counts only those that were right so far. The random
    direction is as long as the edit; it intends no board, so that it is judged on the one that was.
    """
    reader, cases, draws = bench.reader, bench.cases, bench.rng
    sizes = bench.push(push.change, push.setting).sizes
    width = reader.model.width
    random = Push(random_steps(sizes, width, rng), push.setting._replace(scale=1.0))
    played = {
        UNEDITED: roll_out(reader, cases.rules, cases.board, steps),
        EDITED: roll_out(reader, cases.rules, cases.edited, steps, push),
        RANDOM: roll_out(reader, cases.rules, cases.board, steps, random),
        NULL: roll_out(reader, cases.rules, cases.edited, steps),
    }
    return {name: illegal(answers, draws) for name, answers in played.items()}


def illegal(answers: Int8[np.ndarray, "case step"], rng: np.random.Generator) -> dict[str, Any]:
    """Of answers of `roll_out`, the share of illegal ones by step (None where nobody was asked), over all steps, and
    the share of games without an illegal move after each step."""
    wrong, asked = (answers == ILLEGAL).astype(np.float64), (answers != NOT_ASKED).astype(np.float64)
    by_step: Sequence[Interval | None] = [
        bootstrap(wrong[:, step], asked[:, step], rng) if asked[:, step].any() else None
        for step in range(answers.shape[1])
    ]
    return {
        "by_step": by_step,
        "all": bootstrap(wrong.sum(1), asked.sum(1), rng),
        "legal so far": [float(1 - wrong[:, : step + 1].any(1).mean()) for step in range(answers.shape[1])],
        "asked": asked.sum(0).astype(int).tolist(),
    }


__all__ = ["EDITED", "LEGAL", "NULL", "RANDOM", "UNEDITED", "illegal", "measure_rollout"]
