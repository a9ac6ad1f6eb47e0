"""The figures of `othello/probes`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.othello.boards import READINGS
from interp import plots
from interp.report import Panel


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """Accuracy by depth, with the labels of Du et al., by ply, and square by square."""
    return (_by_depth(metrics), _before_after(metrics), _by_ply(metrics), _by_square(metrics))


def _by_depth(metrics: Mapping[str, Any]) -> Panel:
    trained, random = metrics["accuracy"]["trained"], metrics["accuracy"]["random"]
    mine, colour = READINGS[:2]
    ax = plots.by_depth(
        range(len(trained[mine])),
        {f"{name}/empty": plots.curve(trained[name]) for name in (mine, colour)},
        controls={
            "random weights, mine/theirs": plots.curve(random[mine]),
            "random weights, black/white": plots.curve(random[colour]),
            "majority of square and ply": metrics["floor"][mine][0],
        },
        percent=True, ylabel="squares read right", title="Whose disc, not which colour",
    )  # fmt: skip
    return Panel(
        "by_depth", ax.figure,
        "Squares that a linear probe reads right from the residual stream, on games it was not fitted to. The model "
        "keeps the board in terms of the player to move; bands are 95 % over games.",
    )  # fmt: skip


def _before_after(metrics: Mapping[str, Any]) -> Panel:
    du, mine, before = metrics["du"], READINGS[0], READINGS[2]
    ax = plots.by_depth(
        range(len(du["accuracy"][mine])),
        {"after the move": plots.curve(du["accuracy"][mine]), "before it": plots.curve(du["accuracy"][before])},
        controls={
            "majority, after": du["floor"][mine][0],
            "majority, before": du["floor"][before][0],
        },
        percent=True, ylabel="squares read right", title="The board after or before the last move, plies 5 to 56",
    )  # fmt: skip
    return Panel(
        "before_after", ax.figure,
        "Du et al. probe the board before the move that the model has just read. Fitted to either label, the same "
        "probe shows which of the two boards the model holds.",
    )  # fmt: skip


def _by_ply(metrics: Mapping[str, Any]) -> Panel:
    ply = metrics["by_ply"]
    ax = plots.by_ply(
        np.arange(1, len(ply["trained"]) + 1),
        {"mine/theirs/empty": plots.curve(ply["trained"]), "black/white/empty": plots.curve(ply["black/white"])},
        controls={"majority of square and ply": plots.curve(ply["floor"])},
        percent=True, ylabel="squares read right", title=f"By ply, at depth {metrics['best_depth']}",
    )  # fmt: skip
    return Panel("by_ply", ax.figure, "The board is easy while few discs lie on it, and hardest before the end.")


def _by_square(metrics: Mapping[str, Any]) -> Panel:
    from matplotlib.figure import Figure

    depths = sorted({0, 1, metrics["best_depth"]})
    side = round(len(metrics["by_square"][0]) ** 0.5)
    figure = Figure(figsize=(4.4 * len(depths), 4.0), layout="constrained")
    low = min(min(metrics["by_square"][depth]) for depth in depths)
    for ax, depth in zip(np.atleast_1d(figure.subplots(1, len(depths))), depths, strict=True):
        squares = np.array(metrics["by_square"][depth]).reshape(side, side)
        plots.board_map(squares, ax, title=f"depth {depth}", label="read right", limits=(low, 1.0))
    return Panel(
        "by_square", figure,
        "Share of positions in which each square is read right, for mine/theirs/empty. Corners are known first: "
        "what is put there never turns.",
    )  # fmt: skip
