"""Classes of latents by depth, and boards to look at."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.othello.dictionaries.averages.board import draw
from experiments.othello.dictionaries.averages.facts import CLASSES, NONE
from experiments.othello.dictionaries.averages.gallery import EACH
from experiments.othello.dictionaries.averages.measure import SAME_PLIES
from experiments.othello.dictionaries.kinds import FIRST, PUBLISHED, RANDOM, SECOND
from interp import plots
from interp.report import Panel

if TYPE_CHECKING:
    import matplotlib.axes

SHOWN = tuple(name for name in CLASSES if name != NONE)


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """Shares first, then the boards behind them."""
    return (_kinds(metrics["sets"]), _gallery(metrics["gallery"], metrics["depths"]))


def _kinds(sets: Mapping[str, Any]) -> Panel:
    """A row for each class, all sets in it."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 8.4), layout="constrained")
    axes = figure.subplots(len(SHOWN), 1, sharex=True)
    for ax, kind in zip(axes, SHOWN, strict=True):
        by_set = {name: plots.curve(found["kinds"][kind]) for name, found in sets.items()}
        plots.by_depth(
            range(len(by_set[FIRST].mean)), {name: by_set[name] for name in (FIRST, SECOND, PUBLISHED)}, ax,
            controls={name: by_set[name] for name in (RANDOM, SAME_PLIES)}, percent=True, title=kind.capitalize(),
            ylabel="latents judged", xlabel="depth (blocks applied)" if ax is axes[-1] else "",
        )  # fmt: skip
        ax.set_ylim(bottom=-0.03 * ax.get_ylim()[1])
        if ax is not axes[0]:
            ax.get_legend().remove()
    return Panel(
        "latents_by_class", figure,
        "What the positions with a latent's strongest activations share beyond what their plies explain, found on one "
        "half of the games and confirmed on the other: only the last move, the owner of one square, or two and more "
        "such facts. The rest share none of these. Bands resample the latents of a dictionary.",
    )  # fmt: skip


def _gallery(boards: Sequence[Mapping[str, Any]], depths: Sequence[int]) -> Panel:
    """A row for each depth: latents of each class, and last what is usual at the plies of the one before it."""
    from matplotlib.figure import Figure

    rows = list(dict.fromkeys(depths))
    figure = Figure(figsize=(1.5 * (EACH * len(SHOWN) + 1), 1.72 * len(rows) + 0.3), layout="constrained")
    axes = figure.subplots(len(rows), EACH * len(SHOWN) + 1, squeeze=False)
    for line, depth in zip(axes, rows, strict=True):
        here = [one for one in boards if one["depth"] == depth]
        for place, kind in enumerate(SHOWN):
            of_kind = [one for one in here if one["class"] == kind] + [None] * EACH
            for ax, one in zip(line[EACH * place : EACH * (place + 1)], of_kind, strict=False):
                _latent(ax, one, kind)
        _usual(line[-1], here[-1] if here else None)
        line[0].set_ylabel(f"depth {depth}", fontsize=9, color=plots.INK)
    return Panel(
        "average_boards", figure,
        "Average boards of latents drawn at random from each class. Blue is mine, orange theirs, grey either; a disc "
        "is as large as the share of positions in which the square is taken. Dark rims: owners that neither the ply "
        "nor the last move (white dot) explains. Last column: the average at the same plies as the board to its left.",
    )  # fmt: skip


def _latent(ax: "matplotlib.axes.Axes", one: Mapping[str, Any] | None, kind: str) -> None:
    if one is None:
        _nothing(ax, f"no {kind}")
        return
    side = round(len(one["mine"]) ** 0.5)
    draw(
        _square(one["mine"]), _square(one["theirs"]), ax, title=f"{kind}, {one['latent']}",
        moved=divmod(one["moved"], side) if one["moved"] >= 0 else None,
        marked=[divmod(square, side) for square in one["marked"]],
    )  # fmt: skip


def _usual(ax: "matplotlib.axes.Axes", one: Mapping[str, Any] | None) -> None:
    if one is None:
        _nothing(ax, "")
    else:
        draw(_square(one["usual mine"]), _square(one["usual theirs"]), ax, title="same plies, any position")


def _nothing(ax: "matplotlib.axes.Axes", text: str) -> None:
    ax.set(xticks=[], yticks=[], aspect="equal", xlim=(0, 1), ylim=(0, 1))
    ax.text(0.5, 0.5, text, ha="center", va="center", fontsize=7.5, color=plots.GREYS[1])
    for spine in ax.spines.values():
        spine.set_visible(False)


def _square(shares: Sequence[float]) -> np.ndarray:
    return np.array(shares, np.float64).reshape(round(len(shares) ** 0.5), -1)


__all__ = ["panels"]
