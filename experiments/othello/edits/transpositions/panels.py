"""The figures of transpositions: answers by kind of pair, by how the paths differ, and streams by depth."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from experiments.othello.edits.transpositions.measure import OTHER_LAST
from experiments.othello.edits.transpositions.pairs import APART, KINDS, SAME, STRANGERS
from interp import plots
from interp.report import Panel

if TYPE_CHECKING:
    import matplotlib.axes

ENOUGH = 20
"""Pairs of each kind after as many moves that are drawn as a point of a curve."""


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """Answers, paths, streams."""
    return _answers(metrics), _paths(metrics), _streams(metrics)


def _answers(metrics: Mapping[str, Any]) -> Panel:
    # A handful of pairs tells nothing and has a band over half of the figure.
    most = max(metrics["counts"])
    shown = [place for place, count in enumerate(metrics["counts"]) if count >= min(ENOUGH, most)]

    def line(name: str, kind: str) -> plots.Curve:
        return plots.curve([metrics["by_length"][name][kind][place] for place in shown])

    ax = plots.by_ply(
        [metrics["lengths"][place] for place in shown],
        {kind: line("trained", kind) for kind in KINDS},
        controls={
            "random weights, same board": line("random", SAME),
            "rules, one disc apart": line("rules", APART),
            "rules, other board": line("rules", STRANGERS),
        },
        ylabel="total variation of the answers", title="The path and the board",
    )  # fmt: skip
    ax.set_ylim(0, None)
    return Panel(
        "transpositions", ax.figure,
        "How far the model's next-move probabilities are apart at two positions of different games after as many "
        "moves: with the same board, with one disc of another colour, with any boards. Grey: random weights, and a "
        "player who gives every legal move the same chance, who has 0 on the same board. Bands are 95 % over pairs; "
        "plies with few pairs are not drawn.",
    )  # fmt: skip


def _paths(metrics: Mapping[str, Any]) -> Panel:
    from matplotlib.figure import Figure

    groups = metrics["paths"]
    figure = Figure(figsize=(3.6 * len(groups), 3.4), layout="constrained")
    rows = figure.subplots(1, len(groups), sharey=True, squeeze=False)[0]
    for ax, (name, by_size) in zip(rows, groups.items(), strict=True):
        _bars(ax, name, by_size)
    one_disc = metrics["answers"]["trained"][APART]["tv"][0]
    for ax in rows:
        ax.axhline(one_disc, color=plots.GREYS[1], linestyle=plots.DASHES[0], linewidth=1.4)
    rows[0].annotate("one disc apart", (0.02, one_disc), (0, 3), xycoords=("axes fraction", "data"),
                     textcoords="offset points", fontsize=8, color=plots.GREYS[0])  # fmt: skip
    rows[0].set_ylim(0, None)
    rows[0].set_ylabel("total variation of the answers", fontsize=10, color=plots.INK)
    return Panel(
        "transposed_paths", figure,
        "The same board, by what its two paths do not share (below each group: its pairs). Their squares are always "
        "the same; what differs is the order of the moves and who made them. Dashed: boards one disc apart.",
    )  # fmt: skip


def _bars(ax: "matplotlib.axes.Axes", name: str, by_size: Mapping[str, Any]) -> None:
    for place, group in enumerate(by_size.values()):
        value, low, high, _ = group["tv"]
        ax.plot([place, place], [low, high], color=plots.INK, linewidth=1.6, zorder=2)
        ax.plot(place, value, "o", color=plots.COLOURS[0], markersize=7, zorder=3)
    labels = [f"{size.replace('4 and more', '4+')}\n({group['count']})" for size, group in by_size.items()]
    ax.set_xticks(range(len(labels)), labels)
    ax.set_xlim(-0.6, len(labels) - 0.4)
    ax.set_title(name, fontsize=9.5, color=plots.INK, loc="left", fontweight="bold")
    ax.tick_params(labelsize=8.5, length=0, labelcolor=plots.INK)
    ax.grid(True, axis="y", color=plots.FAINT, linewidth=0.7)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)


def _streams(metrics: Mapping[str, Any]) -> Panel:
    from matplotlib.figure import Figure

    trained, random = metrics["streams"]["trained"], metrics["streams"]["random"]
    figure = Figure(figsize=(9.2, 6.4), layout="constrained")
    upper, lower = figure.subplots(2, 1)
    depths = range(len(trained["cosine"][SAME]))
    lines = [kind for kind in (SAME, OTHER_LAST, APART) if trained["distance"][kind]]
    plots.by_depth(
        depths, {kind: plots.curve(trained["distance"][kind]) for kind in lines}, upper,
        controls={
            "random weights, same board": plots.curve(random["distance"][SAME]),
            "random weights, one disc apart": plots.curve(random["distance"][APART]),
            "any two boards": 1.0,
        },
        ylabel="distance (any two boards: 1)", title="Is the stream a function of the board?",
    )  # fmt: skip
    upper.set_ylim(0, None)
    plots.by_depth(
        depths, {kind: plots.curve(trained["cosine"][kind]) for kind in (SAME, APART)}, lower,
        controls={
            "other board": plots.curve(trained["cosine"][STRANGERS]),
            "random weights, same board": plots.curve(random["cosine"][SAME]),
        },
        ylabel="cosine about the ply's mean",
    )  # fmt: skip
    return Panel(
        "transposed_streams", figure,
        "The residual stream at the last move, at both positions of a pair. Were it a function of the board, its "
        "distance would be 0 on the same board. At depth 0 it holds the last move and the ply alone, which many pairs "
        "share.",
    )  # fmt: skip


__all__ = ["ENOUGH", "panels"]
