"""One case to look at: both boards, their legal moves, and what the model thinks before and after the edit."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from experiments.othello.edits.bench import Bench, change_of_moves
from experiments.othello.edits.rollout import Push
from experiments.othello.rules import Rules

LEAST = 3
"""Moves by which the two boards of the example differ, so that there is something to see."""


def example(bench: Bench, push: Push) -> dict[str, Any]:
    """The first case whose boards differ by `LEAST` moves or more (else the one that differs most), as JSON.

    It is chosen before the model is asked, and with no look at its answer.
    """
    changed = np.array(change_of_moves(bench.cases))
    case = int(np.argmax(np.minimum(changed, LEAST)))
    cases, rules = bench.cases, bench.cases.rules
    after = bench.push(push.change, push.setting).logits
    found = {"null": bench.null, "edited": bench.count(after)}
    return {
        "square": int(cases.square[case]),
        "target": int(cases.target[case]),
        "length": int(cases.length[case]),
        "board": cases.board[case].tolist(),
        "edited": cases.edited[case].tolist(),
        "legal": cases.legal[case].nonzero()[:, 0].tolist(),
        "legal_edited": cases.legal_edited[case].nonzero()[:, 0].tolist(),
        "before": on_squares(rules, bench.unedited.logits[case]),
        "after": on_squares(rules, after[case]),
        "errors": {name: float(one.edited[case]) for name, one in found.items()},
    }


def on_squares(rules: Rules, logits: Float[Tensor, " token"]) -> list[float]:
    """Probabilities by square; 0 in the centre, where nobody plays. What padding gets is left out."""
    shares = torch.softmax(logits.double(), dim=0)
    board = torch.zeros(rules.squares, dtype=torch.float64)
    board[torch.from_numpy(rules.playable.astype(np.int64))] = shares[1:]
    found: list[float] = board.tolist()
    return found


__all__ = ["LEAST", "example", "on_squares"]
