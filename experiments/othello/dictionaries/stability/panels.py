"""Figures of the latents that tell stable squares: how many by depth, and where on the board."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.othello.dictionaries.kinds import FIRST, PUBLISHED, RANDOM, SECOND
from experiments.othello.dictionaries.stability.pairs import THRESHOLD
from interp import plots
from interp.report import Panel

if TYPE_CHECKING:
    import matplotlib.axes

_TITLES = {"published": "published rule", "strict": "strict criterion", "hindsight": "hindsight"}


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """From `measure.measure`."""
    return [_by_depth(metrics), _maps(metrics)]


def _by_depth(metrics: Mapping[str, Any]) -> Panel:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.4, 6.6), layout="constrained")
    rows = figure.subplots(2, 1)
    for ax, definition in zip(rows, ("published", "strict"), strict=True):
        _pairs(metrics, definition, ax)
    rows[0].set_xlabel("")
    return Panel(
        "stability_by_depth", figure,
        "Pairs of a latent and a square with an AUROC above 0.8 for 'this square is stable', chosen on one half of the "
        "games and confirmed on the other; above by the rule of Du et al., below by a criterion that is never wrong. "
        "Of the first seed's pairs, those that stay above 0.8 among positions of the same ply, and among positions in "
        "which the square is taken. 'Ply alone' counts the squares for which the number of the move is above 0.8. "
        "The band is 95 % over the latents of the first seed; those of the other sets are as wide.",
    )  # fmt: skip


def _pairs(metrics: Mapping[str, Any], definition: str, ax: "matplotlib.axes.Axes") -> None:
    counts = {name: found[definition] for name, found in metrics["counts"].items()}

    def confirmed(name: str) -> plots.Curve:
        return plots.curve([one["confirmed"] for one in counts[name]])

    def bare(name: str) -> plots.Curve:
        return _line([one["confirmed"][0] for one in counts[name]])

    def within(stratum: str) -> plots.Curve:
        return _line([one["within"][stratum][0] for one in counts[FIRST]])

    by_ply = metrics["alone"]["ply"][definition]
    plots.by_depth(
        range(len(counts[FIRST])),
        {
            FIRST: confirmed(FIRST),
            SECOND: bare(SECOND),
            PUBLISHED: bare(PUBLISHED),
            "first seed, same ply": within("ply"),
            "first seed, square taken": within("taken"),
        },
        ax,
        controls={
            RANDOM: confirmed(RANDOM),
            "shuffled within plies": _line(metrics["shuffled"][definition]),
            "ply alone": float(sum(value is not None and value > THRESHOLD for value in by_ply)),
        },
        ylabel="pairs above 0.8",
        title=f"Stable by the {_TITLES[definition]}",
    )
    ax.set_ylim(bottom=0)


def _maps(metrics: Mapping[str, Any]) -> Panel:
    """By definition (rows): the ply alone, then pairs by square at an early, the fullest and the last depth."""
    from matplotlib.figure import Figure

    size, maps = metrics["size"], metrics["maps"]
    last = len(maps["published"]) - 1
    fullest = 1 + int(np.argmax([sum(one) for one in maps["published"][1:]]))
    depths = list(dict.fromkeys((1, fullest, last)))
    figure = Figure(figsize=(3.5 * (1 + len(depths)), 8.6), layout="constrained")
    grid = figure.subplots(len(_TITLES), 1 + len(depths), squeeze=False)
    for axes, definition in zip(grid, _TITLES, strict=True):
        alone = _board(metrics["alone"]["ply"][definition], size)
        _map(alone, axes[0], f"{_TITLES[definition]}: ply alone", "AUROC", (0.5, 1.0), ".2f")
        most = max(1.0, *(max(maps[definition][depth]) for depth in depths))
        for ax, depth in zip(axes[1:], depths, strict=True):
            _map(_board(maps[definition][depth], size), ax, f"depth {depth}", "pairs", (0.0, most), ".3g")
    return Panel(
        "stability_maps", figure,
        "For each square the latents above 0.8 that tell whether it is stable (mean of both seeds, confirmed on other "
        "games), at the first depth, at the fullest and at the last one. Left, the AUROC of the ply alone. By the "
        "published rule no interior square is ever stable, whatever the model knows; squares whose flag never changes "
        "are grey there.",
    )  # fmt: skip


def _map(
    board: np.ndarray, ax: "matplotlib.axes.Axes", title: str, label: str, limits: tuple[float, float], form: str
) -> None:
    if np.isfinite(board).any():
        plots.board_map(board, ax, title=title, label=label, limits=limits, form=form)
    else:
        ax.set_axis_off()


def _board(values: Sequence[float | None], size: int) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values], np.float64).reshape(size, size)


def _line(values: Sequence[float | int]) -> plots.Curve:
    """A line without a band."""
    numbers = np.array(values, np.float64)
    return plots.Curve(numbers, numbers, numbers)


__all__ = ["panels"]
