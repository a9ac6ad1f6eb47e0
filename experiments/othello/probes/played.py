"""Is "empty" the opposite of "was played"? What a first-layer head writes of a move against the empty direction.

Nanda et al. 2023 (arXiv 2309.00941) find cos(W_E W_V W_O, empty probe) of about -0.86, averaged over squares, in the
head of the first layer where its size is largest.
"""

from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Float64
from torch import Tensor

from experiments.othello.rules import Rules
from interp.activations.capture import capture
from interp.activations.edits import edited, replace
from interp.errors import ShapeError
from interp.models.circuits import output_weights, value_weights
from interp.models.model import Model
from interp.models.sites import resid, v
from interp.stats import Interval, bootstrap
from probes import LinearProbe

EMPTY = 0
"""The class of an empty square."""

DRAWS = 1000
"""Boards of random directions, and pairings of squares."""

Unit = Float64[Tensor, "move head width"]


def measure_played(model: Model, rules: Rules, probe: LinearProbe, rng: np.random.Generator) -> dict[str, Any]:
    """Cosines of what the heads of the first block write of each move with its square's empty direction, as JSON.

    `probe` was fitted where the first attention has been added, at `mid(0)` or `resid(1)`; its first targets are the
    squares of the board and class 0 is empty (among least-squares probes the direction is the same with two classes
    and with three). `formula` is W_E W_V W_O, no norm and no position, as in the paper; `gain` is the same through the
    linear part of the block's first norm (centring where it has one, and gain; its bias left out). Both hold

    - `mean`: of each square the cosine of the head where it is largest in size, averaged over squares; the interval
      resamples squares, which share weights and are not independent of each other;
    - `cosine` and `head`: the same square by square, None in the centre;
    - `by_head`: the mean over squares of every head, nothing selected;
    - `random`: random unit directions in place of the probe's, selected by the same rule: `mean` over squares with
      the middle 95 % of 1000 such boards, and of single squares the mean `size` (largest |cosine|) and its 95 %
      quantile `size95`;
    - `shuffled`: the same with the empty direction of another square in place of the own one.
    """
    squares = [int(square) for square in rules.playable]
    empty = torch.stack([probe.direction(square, EMPTY) for square in squares]).double().cpu()
    written = {"formula": _formula(model, len(squares)), "gain": _through_norm(model, len(squares))}
    return {name: _cosines(_unit(rows, name), empty, rules, rng) for name, rows in written.items()}


@torch.no_grad()
def _formula(model: Model, moves: int) -> Float64[Tensor, "move head width"]:
    """W_E W_V W_O of every move and head of the first block."""
    values = torch.einsum("mw,hwd->mhd", _embedding(model, moves).double(), value_weights(model, 0).double())
    return torch.einsum("mhd,hdw->mhw", values, output_weights(model, 0).double()).cpu()


@torch.no_grad()
def _through_norm(model: Model, moves: int) -> Float64[Tensor, "move head width"]:
    """The same with the norm before attention applied to the embedding of the move alone.

    Its division by a spread is one positive number a move, which no cosine sees. A norm makes nothing but its bias of
    the last row, zeros, so that what is left without that row is linear.
    """
    rows = _embedding(model, moves)
    rows = torch.cat([rows, torch.zeros_like(rows[:1])])[:, None]
    with edited(model, replace(resid(0), rows)):
        read = capture(model, torch.zeros(len(rows), 1, dtype=torch.int64), v(0))[v(0)][:, 0].double()
    values = (read[:-1] - read[-1]).repeat_interleave(model.heads // model.kv_heads, dim=1)
    return torch.einsum("mhd,hdw->mhw", values, output_weights(model, 0).double()).cpu()


def _embedding(model: Model, moves: int) -> Float[Tensor, "move width"]:
    """The embeddings of the moves: token 0 is padding."""
    weight: Tensor = model.hf.get_input_embeddings().weight.detach()
    if len(weight) != moves + 1:
        raise ShapeError(f"{model.name} has {len(weight)} token ids, not padding and {moves} moves")
    return weight[1:]


def _unit(rows: Float64[Tensor, "move head width"], name: str) -> Unit:
    """Rows of length 1."""
    length: Tensor = rows.norm(dim=-1, keepdim=True)
    if not (length > 0).all():
        raise ShapeError(f"a head of the first block writes nothing of a move ({name}): it has no direction")
    unit: Unit = rows / length
    return unit


def _cosines(
    written: Unit, empty: Float64[Tensor, "square width"], rules: Rules, rng: np.random.Generator
) -> dict[str, Any]:
    every = torch.einsum("mhw,sw->msh", written, empty).numpy()
    own = np.diagonal(every).T
    best = selected(own)
    return {
        "mean": bootstrap(best, np.ones(len(best)), rng),
        "cosine": _on_board(best.tolist(), rules),
        "head": _on_board(np.abs(own).argmax(-1).tolist(), rules),
        "by_head": [bootstrap(column, np.ones(len(column)), rng) for column in own.T],
        "random": _null([selected(_random(written, rng)) for _ in range(DRAWS)]),
        "shuffled": _null([selected(every[np.arange(len(every)), _others(len(every), rng)]) for _ in range(DRAWS)]),
    }


def selected(cosines: Float64[np.ndarray, "*row head"]) -> Float64[np.ndarray, "*row"]:
    """Of each row the cosine that is largest in size, with its sign."""
    best = np.abs(cosines).argmax(-1)[..., None]
    chosen: Float64[np.ndarray, "*row"] = np.take_along_axis(cosines, best, -1)[..., 0]
    return chosen


def _random(written: Unit, rng: np.random.Generator) -> Float64[np.ndarray, "move head"]:
    """Cosines with a random direction for each move."""
    drawn = torch.nn.functional.normalize(torch.from_numpy(rng.standard_normal(written.shape[::2])), dim=-1)
    return torch.einsum("mhw,mw->mh", written, drawn).numpy()


def _others(count: int, rng: np.random.Generator) -> np.ndarray:
    """For each square another one, every square once: the next in a random circle."""
    circle = rng.permutation(count)
    others = np.empty(count, dtype=np.int64)
    others[circle] = np.roll(circle, 1)
    return others


def _null(draws: list[Float64[np.ndarray, " square"]]) -> dict[str, Any]:
    """Means over squares with the middle 95 % of the draws, and the sizes of single squares."""
    rows = np.array(draws)
    means, sizes = rows.mean(1), np.abs(rows)
    low, high = np.quantile(means, [0.025, 0.975])
    return {
        "mean": Interval(float(means.mean()), float(low), float(high), len(means)),
        "size": float(sizes.mean()),
        "size95": float(np.quantile(sizes, 0.95)),
    }


def _on_board(values: list[Any], rules: Rules) -> list[Any]:
    """One value per square; None in the centre, where nobody plays."""
    board: list[Any] = [None] * rules.squares
    for square, value in zip(rules.playable, values, strict=True):
        board[square] = value
    return board
