"""What comes first with depth, the board or the legal moves? "MoveFirst" of Nanda et al. 2023 (figure 5)."""

from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from experiments.othello.model import top1_legal
from experiments.othello.sample import Sample
from interp.errors import ShapeError
from interp.lens import logit_lens
from interp.models.model import Model
from interp.stats import Interval, bootstrap

LATE = 30 / 59
"""The part of the game after which Nanda et al. find that moves often come first: ply 30 of the 59 that are read."""


class Lens(NamedTuple):
    """What the logit lens says of the next move at every depth, after every ply that a model reads."""

    exact: Bool[np.ndarray, "depth game ply"]
    """The N most likely tokens are the N legal moves."""
    top1: Bool[np.ndarray, "depth game ply"]
    """The most likely token is a legal move."""
    counted: Bool[np.ndarray, "game ply"]
    """Where there is a legal move; the rest is False in `exact` and `top1`."""


def read_lens(model: Model, sample: Sample, batch: int = 64) -> Lens:
    """Final norm and unembedding on the residual stream of every depth; `batch` games at a time."""
    exact, top1 = [], []
    for begin in range(0, len(sample.seen), batch):
        legal = sample.legal[begin : begin + batch, :-1].to(model.device)
        rows = logit_lens(model, sample.seen[begin : begin + batch].to(model.device)).float()
        exact.append(torch.stack([top_is_legal(row, legal) for row in rows]).cpu())
        top1.append(torch.stack([top1_legal(row, legal) for row in rows]).cpu())
    return Lens(torch.cat(exact, 1).numpy(), torch.cat(top1, 1).numpy(), sample.legal[:, :-1].any(-1).numpy())


def top_is_legal(
    logits: Float[Tensor, "game ply token"], legal: Bool[Tensor, "game ply token"]
) -> Bool[Tensor, "game ply"]:
    """Whether every legal token is likelier than every other one: the N most likely are the N legal moves.

    False where nothing is legal, and where a legal and another token share the last place.
    """
    infinity = float("inf")
    worst = logits.masked_fill(~legal, infinity).amin(-1)
    best = logits.masked_fill(legal, -infinity).amax(-1)
    return (worst > best) & legal.any(-1)


def first_depth(right: Bool[np.ndarray, "depth *position"]) -> Int[np.ndarray, "*position"]:
    """The least depth at which each position is right; the number of depths where it never is."""
    depth: Int[np.ndarray, "*position"] = np.where(right.any(0), right.argmax(0), len(right))
    return depth


def settled_depth(right: Bool[np.ndarray, "depth *position"]) -> Int[np.ndarray, "*position"]:
    """The least depth from which on each position stays right; the number of depths where the last one is wrong."""
    stays: Int[np.ndarray, "*position"] = np.logical_and.accumulate(right[::-1]).sum(0)
    return len(right) - stays


def compare(board: Bool[np.ndarray, "depth game ply square"], lens: Lens, rng: np.random.Generator) -> dict[str, Any]:
    """Which of the two is reached at the lesser depth, by position, and how far each has come at every depth.

    `board` says which squares the probe of each depth reads right; a board counts when all squares are right, the
    moves when the lens puts the N legal ones on the N first places. "first" compares the first depths at which they
    are right, as published; "settled" the depths from which they stay right. Each holds the shares of positions
    where the moves come first, the board does, both at the same depth, and where neither is ever right: "overall"
    and "late" (from `LATE` on) and "by_ply" (None where no game goes on). What is never right comes after what is,
    so "moves" includes positions whose board is never read whole: "moves only", which is counted apart, and "board
    only" likewise. "by_depth" and "by_depth_and_ply" are the graded version: the shares of whole boards, of exact
    moves and of legal top-1 moves.

    Positions without a next move are left out. Raises `ShapeError` when board and lens do not belong together.
    """
    whole: Bool[np.ndarray, "depth game ply"] = np.all(board, axis=-1)
    if whole.shape != lens.exact.shape or not lens.counted.any():
        raise ShapeError(
            f"boards [depth, game, ply] {whole.shape} and lens {lens.exact.shape} must be of the same games and "
            "depths, with at least one next move"
        )
    rates = _Rates(lens.counted, rng)
    graded = {"board": whole, "exact": lens.exact, "top1": lens.top1}
    return {
        "first": _orders(first_depth(whole), first_depth(lens.exact), len(whole), rates),
        "settled": _orders(settled_depth(whole), settled_depth(lens.exact), len(whole), rates),
        "by_depth": {name: [rates(depth) for depth in flags] for name, flags in graded.items()},
        "by_depth_and_ply": {name: [rates.shares(depth) for depth in flags] for name, flags in graded.items()},
        "positions": int(lens.counted.sum()),
    }


class _Rates:
    """Shares of positions that have a next move, with intervals from resampling whole games."""

    def __init__(self, counted: Bool[np.ndarray, "game ply"], rng: np.random.Generator):
        self.counted, self.rng = counted, rng

    def __call__(self, flags: Bool[np.ndarray, "game ply"], plies: slice = slice(None)) -> Interval:
        counted = self.counted[:, plies]
        return bootstrap((flags[:, plies] & counted).sum(1), counted.sum(1), self.rng)

    def by_ply(self, flags: Bool[np.ndarray, "game ply"]) -> list[Interval | None]:
        pairs = zip((flags & self.counted).T, self.counted.T, strict=True)
        return [bootstrap(top.astype(int), here.astype(int), self.rng) if here.any() else None for top, here in pairs]

    def shares(self, flags: Bool[np.ndarray, "game ply"]) -> list[float | None]:
        """By ply, without intervals."""
        pairs = zip((flags & self.counted).sum(0), self.counted.sum(0), strict=True)
        return [float(top / here) if here else None for top, here in pairs]


def _orders(
    board: Int[np.ndarray, "game ply"], moves: Int[np.ndarray, "game ply"], never: int, rates: _Rates
) -> dict[str, Any]:
    """Shares of the four orders, which sum to 1, and of the two parts of them in which one is never reached."""
    orders = {
        "moves": moves < board,
        "board": board < moves,
        "same": (board == moves) & (board < never),
        "neither": (board == never) & (moves == never),
    }
    parts = {"moves only": orders["moves"] & (board == never), "board only": orders["board"] & (moves == never)}
    return {
        "overall": {name: rates(flags) for name, flags in (orders | parts).items()},
        "late": {name: rates(flags, slice(round(LATE * board.shape[1]), None)) for name, flags in orders.items()},
        "by_ply": {name: rates.by_ply(flags) for name, flags in orders.items()},
    }
