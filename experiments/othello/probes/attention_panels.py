"""The figures of what the first attention brings: where heads look, what they write, and what is known after them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from interp import plots
from interp.report import Panel

if TYPE_CHECKING:
    import matplotlib.axes


def heads_panel(metrics: Mapping[str, Any]) -> Panel:
    """Layer by head, as `measure_heads` counts it: by distance and by mover, random weights, and the query itself."""
    from matplotlib.figure import Figure

    layers, heads = len(metrics["trained"]["even"]), len(metrics["trained"]["even"][0])
    figure = Figure(figsize=(3.6 + 0.9 * heads, 2.6 + 0.72 * layers), layout="constrained")
    uniform = metrics["uniform"]
    maps = (
        ("even distance", metrics["trained"]["even"], uniform["even"][0]),
        ("moves of the player to move next", metrics["trained"]["mine"], uniform["mine"][0]),
        ("even distance, random weights", metrics["random"]["even"], uniform["even"][0]),
        ("the move itself\nof all attention", metrics["trained"]["self"], None),
    )
    for ax, (title, shares, null) in zip(figure.subplots(2, 2).flat, maps, strict=True):
        known = "" if null is None else f"\nuniform attention: {null:.2f}"
        _head_map(ax, shares, title + known, sides=null is not None)
    count, random = (len(metrics["one_sided"][name]["distance"]) for name in ("trained", "random"))
    return Panel(
        "heads", figure,
        "Where each head looks: the share of its attention to earlier moves that lies at an even distance (made by "
        "whoever has just moved, unless somebody passed), or on moves of the player to move next. 0 or 1 is a head "
        f"that looks at one player only; {count} of {metrics['heads']} heads are 90 % on one side by distance, "
        f"{random} with random weights. Last map: how much attention stays on the move "
        "itself and is left out of those shares.",
    )  # fmt: skip


def played_panel(metrics: Mapping[str, Any]) -> Panel:
    """The cosines of `measure_played` on the board, and their means beside the nulls."""
    from matplotlib.figure import Figure

    formula = metrics["formula"]
    side = round(len(formula["cosine"]) ** 0.5)
    board = np.array([np.nan if c is None else c for c in formula["cosine"]], np.float64).reshape(side, side)
    figure = Figure(figsize=(10.4, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.1))
    plots.board_map(
        board, left, title="A move against its empty direction", label="cosine", limits=(-1.0, 1.0), centre=0.0
    )
    names = {"formula": "W_E W_V W_O", "gain": "through the norm's gain"}
    rows = {label: metrics[name]["mean"] for name, label in names.items()}
    nulls = {
        f"{label}\n{null}": metrics[name][key]["mean"]
        for name, label in names.items()
        for key, null in (("shuffled", "other squares"), ("random", "random directions"))
    }
    _dots(right, rows, nulls, "mean cosine over squares")
    return Panel(
        "played", figure,
        "What the first attention writes of a move against the direction that a probe reads as empty on its square, "
        "in the head where the cosine is largest in size. Near -1, a square is empty unless its move was read. Grey: "
        "the same choice of heads for the empty directions of other squares and for random directions (bars: the "
        "middle 95 % of 1000 draws); black bars resample squares.",
    )  # fmt: skip


def empties_panel(metrics: Mapping[str, Any]) -> Panel:
    """Empty or not by site, as `measure_empties` counts it over the squares that can be played."""
    sites, found = list(metrics["sites"]), metrics["playable"]
    ax = plots.curves(
        range(len(sites)),
        {"trained model": plots.curve(found["trained"])},
        controls={"random weights": plots.curve(found["random"]), "majority of square and ply": found["floor"][0]},
        percent=True, xlabel="after", ylabel="squares read right", title="Empty or not, attention by attention",
    )  # fmt: skip
    ax.set_xticks(range(len(sites)), [_step(site) for site in sites], rotation=0 if len(sites) < 8 else 35,
                  ha="center" if len(sites) < 8 else "right")  # fmt: skip
    return Panel(
        "empties", ax.figure,
        "Squares whose being empty a linear probe reads right, before and after every attention and MLP; the four "
        "centre squares are never empty and left out. Bands are 95 % over games.",
    )  # fmt: skip


def _step(site: str) -> str:
    """What has just been added to the stream at a site such as "mid 0" or "resid 3"."""
    kind, number = site.split()
    if kind == "mid":
        return f"attention {int(number) + 1}"
    return f"block {number}" if int(number) else "embedding"


def _head_map(
    ax: "matplotlib.axes.Axes", shares: Sequence[Sequence[Sequence[float | int]]], title: str, *, sides: bool
) -> None:
    """Shares by layer (downward) and head; with `sides` the colours leave white at one half."""
    values = np.array([[interval[0] for interval in layer] for layer in shares])
    image = ax.imshow(values, cmap="PuOr" if sides else "cividis", vmin=0, vmax=1, aspect="auto")
    for (layer, head), value in np.ndenumerate(values):
        red, green, blue, _ = image.cmap(image.norm(value))
        ink = "black" if 0.3 * red + 0.59 * green + 0.11 * blue > 0.45 else "white"
        ax.text(head, layer, f"{value:.2f}", ha="center", va="center", fontsize=8, color=ink)
    ax.set_xticks(range(values.shape[1]))
    ax.set_yticks(range(values.shape[0]))
    ax.set_xlabel("head", fontsize=9, color=plots.INK)
    ax.set_ylabel("layer", fontsize=9, color=plots.INK)
    ax.set_title(title, fontsize=9.5, color=plots.INK, loc="left", fontweight="bold")
    ax.tick_params(labelsize=8, length=0, labelcolor=plots.INK)
    for spine in ax.spines.values():
        spine.set_visible(False)


def _dots(
    ax: "matplotlib.axes.Axes",
    rows: Mapping[str, Sequence[float | int]],
    nulls: Mapping[str, Sequence[float | int]],
    xlabel: str,
) -> None:
    """One dot and bar a row: what was measured in blue, nulls in grey below."""
    both = {**rows, **nulls}
    for place, (name, (value, low, high, *_)) in enumerate(both.items()):
        colour, shape = (plots.COLOURS[0], "o") if name in rows else (plots.GREYS[1], "s")
        ax.plot([low, high], [place, place], color=plots.INK if name in rows else colour, linewidth=1.6, zorder=2)
        ax.plot(value, place, shape, color=colour, markersize=7, zorder=3)
        ax.annotate(f"{value:z.2f}", (value, place), (0, 8), textcoords="offset points", ha="center", fontsize=8)
    ax.axvline(0, color=plots.GREYS[0], linewidth=1)
    ax.set_yticks(range(len(both)), list(both))
    ax.set_ylim(len(both) - 0.4, -0.7)
    ax.set_xlim(-1.05, max(0.35, 1.1 * max(interval[2] for interval in both.values())))
    ax.set_xlabel(xlabel, fontsize=10, color=plots.INK)
    ax.tick_params(labelsize=9, length=0, labelcolor=plots.INK)
    ax.grid(True, axis="x", color=plots.FAINT, linewidth=0.7)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
