"""Figures of what probes know of the board: by age, which discs turned, board or moves first, one depth or another."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from interp import plots
from interp.report import Panel

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure


def age_panel(metrics: Mapping[str, Any]) -> Panel:
    """From `ages.measure_ages`: discs of either player, and all squares."""
    figure, rows = _rows(3, 2.7)
    titles = {"theirs": "Their discs", "mine": "My discs", "all": "All squares, empty ones included"}
    for ax, (group, title) in zip(rows, titles.items(), strict=True):
        found = metrics[group]
        places = [entry["age"] for entry in found["trained"]]
        names = {"random": "random weights", "floor": "majority of square and ply"}
        lines = {names.get(name, name): plots.curve([e["accuracy"] for e in bins]) for name, bins in found.items()}
        trained = {"trained": lines.pop("trained")}
        plots.curves(places, trained, ax, controls=lines, percent=True, ylabel="read right", title=title)
        ax.set_xlim(-1, metrics["all"]["trained"][-1]["last"] + 1)
    rows[-1].set_xlabel("age (plies since the square last changed)", fontsize=10)
    return Panel(
        "by_age", figure,
        "How often a square is read right, by how long ago it last changed. Squares that no move has touched count "
        "from the opening. Old states are found late in a game: 'ply alone' is what the ply by itself predicts. "
        "Rare ages are pooled; bands are 95 % over games.",
    )  # fmt: skip


def flip_panel(metrics: Mapping[str, Any]) -> Panel:
    """From `flips.measure_flips`, with the models "trained" and "random"."""
    figure, rows = _rows(2, 3.4)
    trained, random, floor = metrics["models"]["trained"], metrics["models"]["random"], metrics["floor"]
    depths = range(len(trained["f1"]))
    plots.by_depth(
        depths, {"trained": plots.curve(trained["f1"])}, rows[0],
        controls={
            "random weights": plots.curve(random["f1"]),
            "frequency after the move": floor["move"]["f1"][0],
            "frequency at the ply": floor["ply"]["f1"][0],
        },
        ylabel="F1, all squares together", title="Which discs did the last move turn?", xlabel="",
    )  # fmt: skip
    plots.by_depth(
        depths, {name: plots.curve(trained[name]) for name in ("precision", "recall")}, rows[1],
        controls={f"random weights, {name}": plots.curve(random[name]) for name in ("precision", "recall")},
        ylabel="share", title="Precision and recall at the threshold of the training games",
    )  # fmt: skip
    for ax in rows:
        ax.set_ylim(0, 1)
    return Panel(
        "flipped", figure,
        "A linear probe for the discs that the last move turned. The threshold of each depth is the best one on the "
        "games that the probe was fitted to; bands are 95 % over games. The floors see no activation but the ply or "
        f"the move itself, all that the embedding holds. Always 'turned' has F1 {floor['always']['f1'][0]:.2f}.",
    )  # fmt: skip


def first_panel(metrics: Mapping[str, Any]) -> Panel:
    """From `first.compare` of the models "trained" and "random"."""
    figure, rows = _rows(2, 3.4)
    trained, random = metrics["trained"], metrics["random"]
    orders = trained["first"]["by_ply"]
    names = {"moves": "moves first", "board": "board first", "same": "same depth", "neither": "neither ever"}
    lines = {label: plots.curve(orders[name]) for name, label in names.items()}
    plots.by_ply(
        range(1, len(orders["moves"]) + 1), lines, rows[0],
        controls={f"random weights, {names[name]}": plots.curve(random["first"]["by_ply"][name])
                  for name in ("moves", "board")},
        percent=True, ylabel="positions", title="At which depth first: the whole board or all legal moves?",
    )  # fmt: skip
    labels = {"top1": "top-1 legal", "exact": "top N = N legal moves", "board": "whole board read"}
    plots.by_depth(
        range(len(trained["by_depth"]["board"])),
        {label: plots.curve(trained["by_depth"][name]) for name, label in labels.items()}, rows[1],
        controls={f"random weights, {label}": plots.curve(random["by_depth"][name]) for name, label in labels.items()},
        percent=True, ylabel="positions", title="How far each has come",
    )  # fmt: skip
    return Panel(
        "first", figure,
        "Above: the first depth at which a linear probe reads every square right, against the first at which the logit "
        "lens puts the N legal moves on the first N places; what is never right comes last. Below: both by depth. "
        "Bands are 95 % over games.",
    )  # fmt: skip


def across_panel(metrics: Mapping[str, Any]) -> Panel:
    """From `across.measure_across`: all classes with their controls, then each class."""
    from matplotlib.figure import Figure

    classes = [name for name in metrics["trained"] if name != "all"]
    maps = [
        ("between depths", "trained", "all"),
        ("two halves of the games", "halves", "all"),
        ("trained against random weights", "control", "all"),
        *((f"between depths: {name}", "trained", name) for name in classes),
    ]
    size = 3.6 + 0.12 * max(0, len(metrics["trained"]["all"]) - 7)
    figure = Figure(figsize=(1.2 * size * 3, size * 2), layout="constrained")
    matrices = [_numbers(metrics[source][part]) for _, source, part in maps]
    low = min(0.0, *(float(np.nanmin(matrix)) for matrix in matrices if np.isfinite(matrix).any()))
    for ax, (title, _, _), matrix in zip(figure.subplots(2, 3).flat, maps, matrices, strict=True):
        _matrix(matrix, ax, title, (low, 1.0))
    return Panel(
        "across_depths", figure,
        "Cosines between the weights of linear probes at two depths, mean over classes taken off. Above, all classes: "
        "between depths; between probes fitted to two disjoint halves of the games, whose diagonal is as high as noise "
        "allows; between the trained model (rows) and its random-weight control. Below, class by class.",
    )  # fmt: skip


def _rows(count: int, height: float) -> "tuple[matplotlib.figure.Figure, Sequence[matplotlib.axes.Axes]]":
    """A figure with `count` axes below each other, each of this height in inches."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, count * height), layout="constrained")
    return figure, list(figure.subplots(count, 1))


def _matrix(values: np.ndarray, ax: "matplotlib.axes.Axes", title: str, limits: tuple[float, float]) -> None:
    """A board map whose rows and columns are depths."""
    plots.board_map(values, ax, title=title, label="cosine", limits=limits)
    rows, columns = values.shape
    ax.set_xticks(range(columns), [str(depth) for depth in range(columns)])
    ax.set_yticks(range(rows), [str(depth) for depth in range(rows)])
    ax.tick_params(top=False, labeltop=False, labelbottom=True)
    ax.set_xlabel("depth", fontsize=9)
    ax.set_ylabel("depth", fontsize=9)


def _numbers(matrix: Sequence[Sequence[float | None]]) -> np.ndarray:
    return np.array([[np.nan if value is None else value for value in row] for row in matrix], np.float64)
