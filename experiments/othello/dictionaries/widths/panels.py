"""The figure of widths and kinds: coverage, reconstruction and explained variance against L0."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

from experiments.othello.dictionaries import kinds
from experiments.othello.dictionaries.widths.measure import MEASURES
from interp import plots
from interp.report import Panel

if TYPE_CHECKING:
    import matplotlib.axes

_LABELS = {"coverage": "coverage (F1)", "reconstruction": "reconstruction (F1)",
           "explained_variance": "explained variance"}  # fmt: skip


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """Three measures of every dictionary against L0; nothing where none were compared."""
    from matplotlib.figure import Figure

    if not metrics:
        return ()
    lines: dict[str, list[Mapping[str, Any]]] = {}
    for one in metrics["dictionaries"].values():
        lines.setdefault(f"{one['kind']}, {one['width']} latents", []).append(one)
    figure = Figure(figsize=(7.4, 9.0), layout="constrained")
    for place, (ax, measure) in enumerate(zip(figure.subplots(3, 1, sharex=True), MEASURES, strict=True)):
        _draw(ax, lines, metrics["main"], measure)
        ax.set_xlabel("L0: active latents in a position" if place == 2 else "")
        if place:
            ax.get_legend().remove()
    return (
        Panel(
            "widths", figure,
            f"Dictionaries after {metrics['depth']} blocks, every dot one, against how many latents are active. The "
            "upper two ask what latents say of the board, the last one only how well activations come back. Crosses: "
            "two seeds of the main kind. Dashed: the same kind on random weights.",
        ),
    )  # fmt: skip


def _draw(
    ax: "matplotlib.axes.Axes", lines: Mapping[str, Sequence[Mapping[str, Any]]], main: Mapping[str, Any], measure: str
) -> None:
    """A line for each kind and width, in the order of L0; kinds of one L0 each stand at their own places."""
    ax.axhline(main[kinds.RANDOM][measure][0], color=plots.GREYS[0], linestyle=plots.DASHES[0], linewidth=1.4,
               label="random weights")  # fmt: skip
    for (name, points), colour, marker in zip(lines.items(), cycle(plots.COLOURS), cycle(plots.MARKERS), strict=False):
        ordered = sorted(points, key=lambda one: one["l0"][0])
        curve = plots.curve([one[measure] for one in ordered])
        l0 = [one["l0"][0] for one in ordered]
        ax.plot(l0, curve.mean, color=colour, marker=marker, markersize=5, linewidth=1.8, label=name)
        ax.fill_between(l0, curve.low, curve.high, color=colour, alpha=0.18, linewidth=0)
    seeds = [main[name] for name in (kinds.FIRST, kinds.SECOND)]
    ax.plot([one["l0"][0] for one in seeds], [one[measure][0] for one in seeds], "x", color=plots.INK, markersize=8,
            markeredgewidth=2, label="two seeds")  # fmt: skip
    ax.set_xscale("log", base=2)
    ax.xaxis.set_major_formatter(lambda l0, _: f"{l0:g}")
    ax.set_ylabel(_LABELS[measure], fontsize=10, color=plots.INK)
    ax.tick_params(labelsize=9, length=0, labelcolor=plots.INK)
    ax.grid(True, color=plots.FAINT, linewidth=0.7)
    ax.set_axisbelow(True)
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False, fontsize=9, labelcolor=plots.INK)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)


__all__ = ["panels"]
