"""An average board, drawn as a board."""

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from interp import plots
from interp.errors import ShapeError

if TYPE_CHECKING:
    import matplotlib.axes

BOARD, LINE = "#f3f0e8", "#cfc9b8"
MINE, THEIRS = plots.COLOURS[0], plots.COLOURS[1]


def draw(
    mine: Float[np.ndarray, "row column"],
    theirs: Float[np.ndarray, "row column"],
    ax: "matplotlib.axes.Axes",
    *,
    moved: tuple[int, int] | None = None,
    marked: Collection[tuple[int, int]] = (),
    title: str = "",
) -> "matplotlib.axes.Axes":
    """A disc in every square: as large as the share of positions where it is taken, coloured by whose it is there.

    Blue is mine, orange theirs, grey undecided. `marked` squares have a dark rim, the last move a white dot; rows and
    columns count from a1 at the top left. Raises `ShapeError` for shares outside 0 to 1 or boards of other shapes.
    """
    from matplotlib.colors import LinearSegmentedColormap

    taken = mine + theirs
    if mine.shape != theirs.shape or not ((mine >= 0) & (theirs >= 0) & (taken <= 1 + 1e-2)).all():
        raise ShapeError(f"need two boards of shares that sum to 1 at most, not {mine.shape} and {theirs.shape}")
    shades = LinearSegmentedColormap.from_list("owner", [THEIRS, "#d9d6ce", MINE])
    rows, columns = mine.shape
    _board(ax, rows, columns)
    for row, column in np.argwhere(taken > 0.02):
        place = (int(row), int(column))
        lead = float((mine - theirs)[place] / taken[place])
        _disc(ax, place, 0.44 * float(np.sqrt(min(taken[place], 1.0))), shades((lead + 1) / 2), place in marked)
    if moved is not None:
        ax.plot(moved[1], moved[0], "o", color="white", markersize=3.2, zorder=4)
    ax.set_title(title, fontsize=7.5, color=plots.INK, pad=3)
    return ax


def _board(ax: "matplotlib.axes.Axes", rows: int, columns: int) -> None:
    ax.set_facecolor(BOARD)
    ax.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5), aspect="equal", xticks=[], yticks=[])
    for line in range(1, columns):
        ax.axvline(line - 0.5, color=LINE, linewidth=0.6, zorder=1)
    for line in range(1, rows):
        ax.axhline(line - 0.5, color=LINE, linewidth=0.6, zorder=1)
    for spine in ax.spines.values():
        spine.set_color(LINE)


def _disc(
    ax: "matplotlib.axes.Axes",
    place: tuple[int, int],
    radius: float,
    colour: tuple[float, float, float, float],
    rim: bool,
) -> None:
    from matplotlib.patches import Circle

    edge, width = (plots.INK, 1.4) if rim else ("none", 0.0)
    ax.add_patch(Circle((place[1], place[0]), radius, facecolor=colour, edgecolor=edge, linewidth=width, zorder=3))


__all__ = ["draw"]
