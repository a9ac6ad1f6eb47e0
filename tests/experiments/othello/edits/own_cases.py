"""Small cases and a small model for the tests of edits."""

import numpy as np
import torch

import interp
from experiments.othello.edits.cases import Cases
from experiments.othello.labels import relative
from experiments.othello.model import Shape, build
from experiments.othello.rules import Rules
from experiments.othello.sample import held_out
from interp import Model
from probes import LogisticProbe
from tests.architectures import redraw

RULES = Rules(6)
WIDTH = 32


def some_model() -> Model:
    """Two blocks of width 32 on the 6x6 board, with weights large enough that edits matter."""
    hf = build(Shape(size=6, depth=2, width=WIDTH, heads=4), 0)
    redraw(hf)
    return interp.load(hf.eval())


def some_cases(count: int, seed: int = 0, *, erase: bool = False, plies: tuple[int, int] = (4, 14)) -> Cases:
    """Random discs flipped or erased after random histories; both boards have legal moves."""
    sample, rng = held_out(RULES, 4 * count + 8, seed, "own cases"), np.random.default_rng(seed)
    length = torch.from_numpy(rng.integers(plies[0], plies[1] + 1, len(sample.tokens)))
    board = torch.from_numpy(relative(sample.trace))[torch.arange(len(length)), length - 1]
    allowed = board != 0
    if erase:
        allowed[:, list(RULES.centre)] = False
    square = torch.where(allowed, torch.from_numpy(rng.random(allowed.shape)), -1.0).argmax(1)
    target = 3 - board.gather(1, square[:, None])[:, 0]
    found = Cases.of(RULES, sample.tokens[:, : plies[1]], length, square, torch.zeros_like(target) if erase else target)
    good = (found.legal.any(1) & found.legal_edited.any(1)).nonzero()[:, 0]
    assert len(good) >= count
    return found.part(good[:count])


def some_probe(seed: int = 0, width: int = WIDTH) -> LogisticProbe:
    """A probe of three owners of every square, fitted to noise."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(3, (300, RULES.squares), generator=generator)
    return LogisticProbe(1e-2).fit(torch.randn(300, width, generator=generator), labels, 3)
