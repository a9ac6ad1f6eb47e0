"""The figures of `othello/probes`, in the order in which the report tells them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.othello.boards import READINGS
from experiments.othello.probes.attention_panels import empties_panel, heads_panel, played_panel
from experiments.othello.probes.board_panels import across_panel, age_panel, first_panel, flip_panel
from experiments.othello.published import (
    LINEAR_BEFORE,
    LINEAR_COLOUR,
    LINEAR_MINE,
    MLP_COLOUR,
    RANDOM_COLOUR,
    Published,
)
from interp import plots
from interp.report import Panel

MINE, COLOUR, MINE_BEFORE = READINGS[:3]


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """What is read, in whose terms, beside the papers; the four curves; square by square; then the finer questions."""
    return (
        _by_depth(metrics["board"]),
        _controls(metrics["board"]),
        _published(metrics["board"]),
        _four_curves(metrics["causes"]),
        _by_square(metrics["board"]),
        _by_ply(metrics["board"]),
        age_panel(metrics["ages"]),
        empties_panel(metrics["empties"]),
        played_panel(metrics["played"]["trained"]["least squares"]),
        heads_panel(metrics["heads"]),
        flip_panel(metrics["flips"]),
        first_panel(metrics["first"]),
        across_panel(metrics["across"]),
    )


def _by_depth(board: Mapping[str, Any]) -> Panel:
    linear, mlp = board["accuracy"]["linear"], board["accuracy"]["mlp"]
    ax = plots.by_depth(
        range(len(linear[MINE]["per_label"])),
        {
            "mine/theirs, linear": plots.curve(linear[MINE]["per_label"]),
            "black/white, linear": plots.curve(linear[COLOUR]["per_label"]),
            "mine/theirs, MLP": plots.curve(mlp[MINE]["per_label"]),
            "black/white, MLP": plots.curve(mlp[COLOUR]["per_label"]),
        },
        controls={
            "random weights, black/white, linear": plots.curve(linear[COLOUR]["random"]),
            "random weights, black/white, MLP": plots.curve(mlp[COLOUR]["random"]),
            "majority of square and ply": linear[MINE]["majority"][0][0],
        },
        percent=True, ylabel="squares read right", title="Whose disc, not which colour",
    )  # fmt: skip
    return Panel(
        "by_depth", ax.figure,
        "Squares that probes read right from the residual stream, on games they were not fitted to. The model keeps "
        "the board in terms of the player to move: a linear probe reads that, and needs a hidden layer for colours. "
        "Bands are 95 % over games.",
    )  # fmt: skip


def _controls(board: Mapping[str, Any]) -> Panel:
    mine = board["accuracy"]["linear"][MINE]
    ax = plots.by_depth(
        range(len(mine["per_label"])),
        {
            "trained model": plots.curve(mine["per_label"]),
            "beyond the control task (selectivity)": plots.curve(mine["selectivity"]),
        },
        controls={
            "random weights": plots.curve(mine["random"]),
            "shuffled labels": plots.curve(mine["shuffled"]),
            "a random board for each move": plots.curve(mine["memorised"]),
        },
        percent=True, ylabel="squares read right", title="Mine/theirs/empty beside its controls",
    )  # fmt: skip
    return Panel(
        "controls", ax.figure,
        "The same linear probe on random weights, on labels in the wrong rows, and on a control task in which each "
        "move at each ply has one random board (Hewitt and Liang 2019). Selectivity is what it reads beyond that task.",
    )  # fmt: skip


def _published(board: Mapping[str, Any]) -> Panel:
    linear, mlp = board["accuracy"]["linear"], board["accuracy"]["mlp"]
    ours = {
        "mine/theirs, linear": linear[MINE]["per_label"],
        "black/white, linear": linear[COLOUR]["per_label"],
        "black/white, MLP": mlp[COLOUR]["per_label"],
        "before the move, linear": board["du"]["trained"][MINE_BEFORE],
        "black/white, linear, random weights": linear[COLOUR]["random"],
    }
    theirs = dict(zip(ours, (LINEAR_MINE, LINEAR_COLOUR, MLP_COLOUR, LINEAR_BEFORE, RANDOM_COLOUR), strict=True))
    last = max(len(next(iter(ours.values()))), 9)
    ax = plots.by_depth(range(last), {name: _padded(curve, last) for name, curve in ours.items()}, percent=True,
                        ylabel="squares read right", title="Beside the published curves")  # fmt: skip
    for line in list(ax.lines):
        if (name := str(line.get_label())) in theirs:
            row = theirs[name]
            ax.plot(range(row.first, row.first + len(row.values)), np.array(row.values) / 100, color=line.get_color(),
                    linestyle=(0, (1, 1.5)), linewidth=1.3, marker=".", markersize=4, label="_published")  # fmt: skip
    return Panel(
        "published", ax.figure,
        f"Lines are ours, dots in the same colour the papers', with 8 blocks and width 512: {_sources(theirs)}. The "
        "probe of the board before the move counts plies 5 to 56 and is in closed form here.",
    )  # fmt: skip


def _sources(rows: Mapping[str, Published]) -> str:
    return "; ".join(f"{name}: {row.source}" for name, row in rows.items())


def _padded(intervals: Sequence[Any], length: int) -> plots.Curve:
    return plots.curve([*intervals, *[None] * (length - len(intervals))])


def _four_curves(causes: Mapping[str, Any]) -> Panel:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 3.4 * len(causes)), layout="constrained")
    for ax, (name, found) in zip(np.atleast_1d(figure.subplots(len(causes), 1)), causes.items(), strict=True):
        lines = {switch: plots.curve(curve) for switch, curve in found["curves"].items()}
        plots.by_depth(
            range(len(next(iter(found["curves"].values())))), lines, ax, percent=True, ylabel="squares read right",
            controls={"majority": found["floor"][0]}, title=f"Two causes, switched on and off: {name}",
        )  # fmt: skip
    return Panel(
        "four_curves", figure,
        "Mine/theirs/empty over plies 5 to 56. Du et al. ask for the board before the move just read and leave "
        "dropout on while they probe; others do neither. Closed-form probes, fitted and judged in the same mode.",
    )  # fmt: skip


def _by_square(board: Mapping[str, Any]) -> Panel:
    from matplotlib.figure import Figure

    depths = sorted({0, 1, board["best_depth"]})
    readings = board["by_square"]
    side = round(len(readings[MINE][0]) ** 0.5)
    low = min(min(by_depth[depth]) for by_depth in readings.values() for depth in depths)
    figure = Figure(figsize=(4.4 * len(depths), 4.0 * len(readings)), layout="constrained")
    rows = np.atleast_2d(figure.subplots(len(readings), len(depths), squeeze=False))
    for axes, (name, by_depth) in zip(rows, readings.items(), strict=True):
        for ax, depth in zip(axes, depths, strict=True):
            squares = np.array(by_depth[depth]).reshape(side, side)
            plots.board_map(squares, ax, title=f"{name}, depth {depth}", label="read right", limits=(low, 1.0))
    return Panel(
        "by_square", figure,
        "Share of positions in which each square is read right by the linear probe. Corners are known first: what is "
        "put there never turns. The squares that change hands most often are the hardest.",
    )  # fmt: skip


def _by_ply(board: Mapping[str, Any]) -> Panel:
    ply = board["by_ply"]
    ax = plots.by_ply(
        np.arange(1, len(ply["trained"]) + 1),
        {"mine/theirs/empty": plots.curve(ply["trained"]), "black/white/empty": plots.curve(ply["black/white"])},
        controls={"majority of square and ply": plots.curve(ply["floor"])},
        percent=True, ylabel="squares read right", title=f"By ply, at depth {board['best_depth']}",
    )  # fmt: skip
    return Panel("by_ply", ax.figure, "The board is easy while few discs lie on it, and hardest before the end.")


__all__ = ["panels"]
