"""The house style: a function takes data and perhaps an `ax`, and returns the `Axes`.

No pyplot and no rcParams: figures belong to who asked for them. Colours are Okabe and Ito's, which people with any
colour vision tell apart; markers differ too. Bands are intervals; controls are grey and dashed, in the same axes.
"""

import io
from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from jaxtyping import Float

from interp.errors import ShapeError
from interp.files import write_bytes

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
MARKERS = ("o", "s", "^", "D", "v", "P")
GREYS = ("#555555", "#888888", "#a6a6a6")
DASHES = ((0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))
INK, FAINT = "#262626", "#dddddd"
DPI = 160


class Curve(NamedTuple):
    """A line and its band."""

    mean: Float[np.ndarray, " x"]
    """Drawn as the line; NaN leaves a gap."""
    low: Float[np.ndarray, " x"]
    """Lower edge of the band."""
    high: Float[np.ndarray, " x"]
    """Upper edge of the band."""


def curve(intervals: Sequence[Sequence[float | int] | None]) -> Curve:
    """A `Curve` from a list of intervals, as `interp.stats.Interval` or as they come back from JSON; None is a gap."""
    rows = [[np.nan] * 3 if interval is None else list(interval)[:3] for interval in intervals]
    return Curve(*np.array(rows, np.float64).reshape(-1, 3).T)


def axes(width: float = 7.2, height: float = 3.6) -> "matplotlib.axes.Axes":
    """Fresh axes on a figure of their own, in inches; `save(ax.figure, path)` writes it."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained").add_subplot()


def curves(
    x: Sequence[float] | Sequence[int] | np.ndarray,
    lines: Mapping[str, Curve],
    ax: "matplotlib.axes.Axes | None" = None,
    *,
    controls: Mapping[str, Curve | float] | None = None,
    xlabel: str = "",
    ylabel: str = "",
    title: str = "",
    percent: bool = False,
) -> "matplotlib.axes.Axes":
    """Lines with bands over `x`; `controls` (a curve, or one number for all x) dashed in grey behind them.

    `percent` labels fractions of 1 as per cent. The legend lists names in the order in which the lines end.
    Raises `ShapeError` for no line at all and for a curve that is not as long as `x`.
    """
    ax, places = ax or axes(), np.asarray(x, np.float64)
    greys = {name: c if isinstance(c, tuple) else _flat(c, len(places)) for name, c in (controls or {}).items()}
    if not lines or not len(places):
        raise ShapeError("nothing to draw: give at least one curve and one place on the x axis")
    for name, line in {**lines, **greys}.items():
        if any(len(part) != len(places) for part in line):
            raise ShapeError(f"the curve {name!r} has {len(line.mean)} points for {len(places)} places on the x axis")
    for (name, line), colour, dashes in zip(greys.items(), cycle(GREYS), cycle(DASHES), strict=False):
        _line(ax, places, name, line, color=colour, linestyle=dashes, linewidth=1.4, zorder=2)
    sparse = len(places) <= 20
    for (name, line), colour, marker in zip(lines.items(), cycle(COLOURS), cycle(MARKERS), strict=False):
        shape = {"marker": marker, "markersize": 4.5} if sparse else {}
        _line(ax, places, name, line, color=colour, linewidth=1.8, zorder=3, **shape)
    if percent:
        ax.yaxis.set_major_formatter(lambda fraction, _: f"{100 * fraction:.6g}%")
    _dress(ax, xlabel, ylabel, title)
    _legend(ax)
    return ax


def by_depth(
    depths: Sequence[int] | np.ndarray,
    lines: Mapping[str, Curve],
    ax: "matplotlib.axes.Axes | None" = None,
    **options: Any,
) -> "matplotlib.axes.Axes":
    """`curves` over depth, the number of blocks applied, with a tick at every depth (every other above 16)."""
    ax = curves(depths, lines, ax, **{"xlabel": "depth (blocks applied)", **options})
    ax.set_xticks(list(depths)[:: 1 if len(depths) <= 16 else 2])
    return ax


def by_ply(
    plies: Sequence[int] | np.ndarray,
    lines: Mapping[str, Curve],
    ax: "matplotlib.axes.Axes | None" = None,
    **options: Any,
) -> "matplotlib.axes.Axes":
    """`curves` over ply, the number of moves played."""
    return curves(plies, lines, ax, **{"xlabel": "ply (moves played)", **options})


def board_map(
    values: Float[np.ndarray, "row column"],
    ax: "matplotlib.axes.Axes | None" = None,
    *,
    title: str = "",
    label: str = "",
    limits: tuple[float, float] | None = None,
    centre: float | None = None,
    form: str = ".2f",
) -> "matplotlib.axes.Axes":
    """A heat map of a square board, a1 at the top left, each number in its square in the format `form`.

    With `centre` the colours diverge from it (orange below, purple above); `limits` fix the colour scale so that maps
    can be compared. NaN squares stay grey and empty. Raises `ShapeError` for a board that is empty or has no number.
    """
    from matplotlib import colormaps
    from matplotlib.colors import Normalize

    if not np.isfinite(values).any():
        raise ShapeError(f"a board of shape {values.shape} without a finite number cannot be drawn")
    ax = ax or axes(4.6, 4.2)
    low, high = limits or (float(np.nanmin(values)), float(np.nanmax(values)))
    if centre is not None:
        reach = max(high - centre, centre - low)
        low, high = centre - reach, centre + reach
    shades = colormaps["cividis" if centre is None else "PuOr"].with_extremes(bad="#cfcfcf")
    image = ax.imshow(np.ma.masked_invalid(values), cmap=shades, norm=Normalize(low, high))
    rows, columns = values.shape
    ax.set_xticks(range(columns), [chr(ord("a") + column) for column in range(columns)])
    ax.set_yticks(range(rows), [str(row + 1) for row in range(rows)])
    for row, column in np.argwhere(np.isfinite(values)):
        red, green, blue, _ = image.cmap(image.norm(values[row, column]))
        ink = "black" if 0.3 * red + 0.59 * green + 0.11 * blue > 0.45 else "white"
        ax.text(column, row, format(values[row, column], form), ha="center", va="center", fontsize=7, color=ink)
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.85)
    bar.set_label(label, fontsize=9, color=INK)
    bar.ax.tick_params(labelsize=8, length=0)
    bar.outline.set_visible(False)
    _dress(ax, "", "", title)
    ax.grid(False)
    ax.tick_params(top=False, labeltop=True, labelbottom=False)
    return ax


def png(figure: "matplotlib.figure.FigureBase") -> bytes:
    """The figure as a PNG picture: the same bytes for the same data, without date or version in the file.

    Takes what `ax.figure` gives; raises `ShapeError` when that is only a part of a figure.
    """
    from matplotlib.figure import Figure

    if not isinstance(figure, Figure):
        raise ShapeError("these axes lie in a part of a figure: hand over the whole figure that holds it")
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=DPI, facecolor="white", metadata={"Software": None})
    return picture.getvalue()


def save(figure: "matplotlib.figure.FigureBase", path: Path) -> None:
    """Write `png(figure)`, whole or not at all. Raises `FileError`."""
    write_bytes(path, png(figure))


def _flat(level: float, length: int) -> Curve:
    return Curve(*[np.full(length, float(level)) for _ in range(3)])


def _line(ax: "matplotlib.axes.Axes", x: np.ndarray, name: str, line: Curve, **style: Any) -> None:
    ax.plot(x, line.mean, label=name, **style)
    ax.fill_between(x, line.low, line.high, color=style["color"], alpha=0.18, linewidth=0, zorder=style["zorder"] - 1)


def _legend(ax: "matplotlib.axes.Axes") -> None:
    """Names to the right of the axes, sorted by where their lines end, so that the eye finds them."""
    lines = sorted(
        (line for line in ax.lines if not str(line.get_label()).startswith("_")),
        key=lambda line: -_end(np.asarray(line.get_ydata(), np.float64)),
    )
    ax.legend(
        handles=lines, loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False, fontsize=9, labelcolor=INK,
        handlelength=2.6,
    )  # fmt: skip


def _end(y: np.ndarray) -> float:
    known = y[np.isfinite(y)]
    return float(known[-1]) if len(known) else -np.inf


def _dress(ax: "matplotlib.axes.Axes", xlabel: str, ylabel: str, title: str) -> None:
    ax.set_xlabel(xlabel, fontsize=10, color=INK)
    ax.set_ylabel(ylabel, fontsize=10, color=INK)
    ax.set_title(title, fontsize=11, color=INK, loc="left", fontweight="bold")
    ax.tick_params(labelsize=9, length=0, labelcolor=INK)
    ax.grid(True, color=FAINT, linewidth=0.7, zorder=0)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color("#888888")


__all__ = ["Curve", "axes", "board_map", "by_depth", "by_ply", "curve", "curves", "png", "save"]
