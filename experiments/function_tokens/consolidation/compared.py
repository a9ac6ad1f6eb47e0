"""The figures of dictionaries: how many latents fire, where checkpoints are matched, how steeply degrees fall."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.function_tokens.consolidation.drawing import plain, row, whole
from experiments.function_tokens.consolidation.latents import OFTEN
from experiments.function_tokens.consolidation.matched import CALLED, JUDGED, QUALITIES
from experiments.function_tokens.consolidation.saturation import SATURATED
from interp import plots
from interp.report import Panel
from interp.stats import over_seeds

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure


def latents(metrics: Mapping[str, Any]) -> Panel:
    """Counts and sparsities against both qualities, with what checkpoints share and the line at which they meet."""
    many = metrics["dictionaries"]
    sparsest, densest = min(one["k"] for one in many), max(one["k"] for one in many)
    missing = [found["why not"] for found in map(metrics["matched"].get, QUALITIES) if found["target"] is None]
    caption = (
        f"Latents that fire at least {OFTEN} times and once on the same {many[0]['rows']:,} rows, and the active "
        f"latents of a row (k), against {CALLED[JUDGED]} (above: rows are judged at this) and explained variance "
        "(below). A line a checkpoint, a filled mark a dictionary: "
        f"k from {sparsest} to {densest} were trained. Shaded is what all "
        "trained checkpoints have in common; the upright line in its middle is where they are compared, at the ringed "
        "places, seed by seed. Rings near the lowest and the highest k hold a sparse dictionary of one checkpoint "
        f"against a dense one of another. Above the level line ({SATURATED:.0%} of the width) the width holds counts "
        "back. The untrained model has no cross-entropy to recover, and stands below only."
    )
    return Panel("latents", _latents(metrics), " ".join([caption, *(f"Not matched: {one}." for one in missing)]))


def slopes(metrics: Mapping[str, Any]) -> Panel:
    """At equal quality, which is what is judged, and at each sparsity."""
    one = metrics["dictionaries"][0]
    caption = (
        f"How steeply the degrees of tokens fall with their rank, by checkpoint: at equal {CALLED[JUDGED]}, which is "
        "judged and where k differs between checkpoints, and at each k; over ranks "
        f"{one['first']:,} to {one['last']:,}. Grey: latents as dense that fire whatever the token. Bands reach from "
        "seed to seed."
    )
    return Panel("slopes", _slopes(metrics), caption)


def _latents(metrics: Mapping[str, Any]) -> "matplotlib.figure.FigureBase":
    from matplotlib.figure import Figure

    many = metrics["dictionaries"]
    figure = Figure(figsize=(15.0, 7.4), layout="constrained")
    titles = {"often": f"At least {OFTEN} firings", "once": "At least 1 firing", "k": "Active latents of a row (k)"}
    for quality, axes in zip(QUALITIES, figure.subplots(len(QUALITIES), len(titles)), strict=True):
        drawn = [one for one in many if quality != JUDGED or one["step"] > 0]
        for ax, (name, title) in zip(axes, titles.items(), strict=True):
            _against(ax, drawn, quality, name)
            _met(ax, metrics["matched"][quality], name, _steps(many))
            plain(ax, CALLED[quality] + " (judged)" * (quality == JUDGED), title)
            _scale(ax, many, name)
    corner = figure.axes[-1]
    corner.legend(loc="lower left", bbox_to_anchor=(1.01, 0.0), frameon=False, fontsize=9, labelcolor=plots.INK)
    return whole(corner)


def _against(ax: "matplotlib.axes.Axes", many: Sequence[Mapping[str, Any]], quality: str, name: str) -> None:
    """A line a checkpoint through the means of its seeds; a mark a dictionary. Steps keep their colours."""
    for step, (colour, marker) in _styles(many).items():
        own = [one for one in many if one["step"] == step and one[quality] is not None]
        groups = [[one for one in own if one["k"] == k] for k in sorted({one["k"] for one in own})]
        xs, ys = ([float(np.mean([one[key] for one in group])) for group in groups] for key in (quality, name))
        ax.plot(xs, ys, color=colour, linewidth=1.6)
        where, values = [one[quality] for one in own], [one[name] for one in own]
        ax.plot(where, values, marker, color=colour, markersize=5, label=f"step {step:,}")


def _met(ax: "matplotlib.axes.Axes", found: Mapping[str, Any], name: str, steps: Sequence[int]) -> None:
    """What trained checkpoints share, where they are compared, and what is read off there."""
    if found["target"] is None:
        return
    ax.axvspan(*found["shared"], color=plots.GREYS[2], alpha=0.35, linewidth=0, zorder=0)
    ax.axvline(found["target"], color=plots.GREYS[0], linestyle=plots.DASHES[1], linewidth=1.2, zorder=1)
    styles = _styles([{"step": step} for step in steps])
    for one in found["checkpoints"]:
        if one["step"] > 0:
            colour = styles[one["step"]][0]
            ax.plot([found["target"]], [one[name]], "o", markersize=10, mfc="none", mec=colour, mew=1.6, zorder=4)


def _scale(ax: "matplotlib.axes.Axes", many: Sequence[Mapping[str, Any]], name: str) -> None:
    if name == "k":
        ks = sorted({one["k"] for one in many})
        ax.set_yscale("log", base=2)
        ax.set_yticks(ks, [f"{k:,}" for k in ks])
        ax.set_ylim(ks[0] / 1.6, ks[-1] * 1.6)
        for k, said, side in ((ks[0], "sparsest trained", "top"), (ks[-1], "densest trained", "bottom")):
            ax.axhline(k, color=plots.GREYS[1], linestyle=plots.DASHES[0], linewidth=1.2, zorder=1)
            place = k * (1.04 if side == "bottom" else 0.96)
            ax.text(
                0.02, place, said, transform=ax.get_yaxis_transform(), fontsize=9, color=plots.GREYS[0], va=side
            )  # fmt: skip
        ax.set_ylabel("k", fontsize=10, color=plots.INK)
        return
    ax.axhline(SATURATED * many[0]["width"], color=plots.GREYS[1], linestyle=plots.DASHES[0], linewidth=1.2)
    ax.set_ylim(0, 1.04 * many[0]["width"])
    ax.set_ylabel("latents", fontsize=10, color=plots.INK)


def _slopes(metrics: Mapping[str, Any]) -> "matplotlib.figure.FigureBase":
    many, found = metrics["dictionaries"], metrics["matched"][JUDGED]
    panels = {f"k = {k}": [one for one in many if one["k"] == k] for k in sorted({one["k"] for one in many})}
    if found["target"] is not None:
        panels = {f"Equal {CALLED[JUDGED]}": found["checkpoints"], **panels}
    axes = row(len(panels), 4.2)
    for ax, (title, own) in zip(axes, panels.items(), strict=True):
        steps = _steps(own)
        plots.curves(
            range(len(steps)), {"dictionaries": _line(own, "steep")}, ax,
            controls={"whatever the token": _line(own, "steep null")},
            xlabel="training step", ylabel="minus the slope" if ax is axes[0] else "", title=title,
        )  # fmt: skip
        ax.set_xticks(range(len(steps)), [f"{step:,}" for step in steps])
        if ax is not axes[-1] and (legend := ax.get_legend()) is not None:
            legend.remove()
    low, high = (pick(ax.get_ylim()[end] for ax in axes) for end, pick in enumerate((min, max)))
    for ax in axes:
        ax.set_ylim(low, high)
    return whole(axes[0])


def _line(own: Sequence[Mapping[str, Any]], name: str) -> plots.Curve:
    found = [[one.get(name) for one in own if one["step"] == step] for step in _steps(own)]
    known = [[value for value in one if value is not None] for one in found]
    if [len(one) for one in known] != [len(one) for one in found]:
        return plots.curve([None] * len(found))
    means = [over_seeds(one).value for one in known]
    return plots.Curve(np.array(means), np.array([min(one) for one in known]), np.array([max(one) for one in known]))


def _styles(many: Sequence[Mapping[str, Any]]) -> dict[int, tuple[str, str]]:
    """Colour and marker of each step; the first ones are the untrained model's, whether it is drawn or not."""
    steps = [0, *(step for step in _steps(many) if step > 0)]
    styles = dict(zip(steps, zip(plots.COLOURS, plots.MARKERS, strict=True), strict=False))
    return {step: styles[step] for step in _steps(many)}


def _steps(many: Sequence[Mapping[str, Any]]) -> list[int]:
    return sorted({one["step"] for one in many})


__all__ = ["latents", "slopes"]
