"""Sweeps made by hand: which prompts are kept is written down, not measured."""

import numpy as np

from experiments.mental_math.all_for_one.sweep import Half, Sweep

PROMPTS = 40


def half(right: dict[tuple[int, int], int], waiting: list[int], plain: int = 2, wrong: int = 0, depth: int = 4) -> Half:
    """Every setting keeps the first `right` prompts (2 if not named); the full model is wrong on the last `wrong`."""
    count = PROMPTS + wrong
    subgraphs = np.zeros((depth + 1, depth + 1, count), np.bool_)
    for wait in range(depth + 1):
        for transfer in range(depth - wait + 1):
            subgraphs[wait, transfer, : right.get((wait, transfer), 2)] = True
    curve = np.zeros((depth + 1, count), np.bool_)
    for wait, kept in enumerate(waiting):
        curve[wait, :kept] = True
    flat = np.zeros((depth + 1, count), np.bool_)
    flat[:, :plain] = True
    full = np.arange(count) < PROMPTS
    answers = np.arange(count) // 4
    return Half(answers, full, subgraphs, curve, flat)


def found() -> Half:
    """All for one with wait 2 and transfer 1, and all that wait less or look longer."""
    kept = {(wait, transfer): PROMPTS for wait in range(3) for transfer in range(3 - wait, 5 - wait)}
    return half(kept, [PROMPTS, PROMPTS, PROMPTS, 4, 4])


def mixed() -> Half:
    """Tokens work on each other from the first block on: nothing that waits keeps the answers."""
    return half({(0, 4): 30, (1, 3): 12}, [PROMPTS, 9, 6, 4, 4])


def sweep(of: Half, task: str = "A+B") -> Sweep:
    """The same on both halves."""
    told = {"model": "made", "task": task, "contexts": 7}
    return Sweep(told, of, of)
