"""The figures: losses by class along training, shares, single tokens, two sizes, latents, slopes."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.function_tokens.consolidation.matched import OFTEN, SATURATED
from interp import plots
from interp.report import Panel
from interp.stats import over_seeds

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

TICKS = (0, 1, 10, 100, 1000, 10_000, 100_000)
NAMED = 6
"""Function tokens with a curve of their own."""


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """One figure for each thing asked."""
    sizes, many = metrics["sizes"], metrics["dictionaries"]
    first = sizes[0]
    rows, ranks = f"{many[0]['rows']:,}", f"{many[0]['first']:,} to {many[0]['last']:,}"
    found = [
        Panel("losses", _losses(sizes, "groups"), "Mean loss by class of the current and the next token along "
              "training, on documents that the models have not seen, with 95 % intervals over documents."),
        Panel("words", _losses(sizes, "words"), "The same where the next token begins a word: what is left is not made "
              "by the tokenizer, whose words go on with tokens that are easy to foretell."),
        Panel("shares", _shares(first), f"{first['name']}: what each group has of all predictions (dotted), of the "
              "whole loss, and of the gradient norms of one training step's windows (t interval over batches)."),
        Panel("tokens", _tokens(first), f"{first['name']}: mean loss of the most frequent function tokens as what "
              "comes next; and the steps from which the losses of all function tokens have done 90 % of their way, "
              "in order, beside those of content tokens that are next in frequency."),
        Panel("latents", _latents(metrics), f"Latents that fire at least {OFTEN} times (left) and once (right) on the "
              f"same {rows} rows against explained variance: a line a checkpoint through its sparsities, a mark a "
              "dictionary. The upright line is the quality at which checkpoints are compared; above the level one, "
              "counts are held back by the width."),
        Panel("slopes", _slopes(metrics), "How steeply the degrees of tokens fall with their rank, by checkpoint, at "
              f"each number of active latents, over ranks {ranks}; grey: latents as dense that fire whatever the "
              "token. Bands reach from seed to seed."),
    ]  # fmt: skip
    if metrics["gain"] is not None and metrics["gain"]["all"] is not None:
        caption = (
            f"By how much {metrics['gain']['large']} is better than {metrics['gain']['small']} in each group; crosses: "
            "if all losses had fallen by the same share."
        )
        found.insert(4, Panel("sizes", _gain(metrics["gain"]["all"]).figure, caption))
    return found


def _losses(sizes: Sequence[Mapping[str, Any]], which: str) -> "matplotlib.figure.FigureBase":
    axes = _row(len(sizes), 6.6)
    for ax, size in zip(axes, sizes, strict=True):
        lines = {name: plots.curve(one["mean"]) for name, one in size[which].items()}
        title = f"{size['name']}, {size['depth']} {'block' if size['depth'] == 1 else 'blocks'}"
        plots.curves(_times(size["steps"]), lines, ax, ylabel="loss in nats", title=title)
        _ticks(ax, size["steps"])
    top = max(ax.get_ylim()[1] for ax in axes)
    for ax in axes:
        ax.set_ylim(0, top)
    return _whole(axes[0])


def _shares(size: Mapping[str, Any]) -> "matplotlib.figure.FigureBase":
    axes, groups = _row(2, 6.6), size["groups"]
    loss = {name: plots.curve(one["loss share"]) for name, one in groups.items()}
    norms = {name: plots.curve(one["of norms"]) for name, one in size["gradients"].items() if name in groups}
    for ax, lines, title in zip(axes, (loss, norms), ("share of the loss", "share of the gradient norms"), strict=True):
        plots.curves(_times(size["steps"]), lines, ax, title=title.capitalize(), ylabel=title, percent=True)
        for (_, one), colour in zip(groups.items(), plots.COLOURS, strict=False):
            ax.axhline(one["token share"][0], color=colour, linestyle=plots.DASHES[1], linewidth=1.0, zorder=1)
        _ticks(ax, size["steps"])
        ax.set_ylim(0, max(0.6, max(float(np.nanmax(line.mean)) for line in lines.values())))
    return _whole(axes[0])


def _tokens(size: Mapping[str, Any]) -> "matplotlib.figure.FigureBase":
    left, right = _row(2, 6.6)
    found, steps = size["converging"], size["steps"]
    # In quotes: a legend leaves out names that begin with "_".
    lines = {f"“{one['token']}”": _bare(one["losses"]) for one in found["tokens"][:NAMED]}
    if lines:
        title = "The most frequent function tokens"
        plots.curves(_times(steps), lines, left, ylabel="loss in nats", title=title)
        _ticks(left, steps)
    share = np.linspace(0, 1, 101)
    places = {
        "function tokens": [one["step"] for one in found["tokens"]], "next in frequency": found["next in frequency"],
    }  # fmt: skip
    curves = {name: _bare(np.quantile(_times(step), share)) for name, step in places.items() if step}
    if curves:
        control = {name: curves.pop(name) for name in list(curves)[1:]}
        plots.curves(
            share, curves, right, controls=control, xlabel="share of the tokens", ylabel="step",
            title="90 % of the way is done",
        )  # fmt: skip
        shown = [tick for tick in TICKS if tick <= steps[-1]]
        right.set_yticks(_times(shown), [f"{tick:,}" for tick in shown])
    return _whole(left)


def _gain(found: Mapping[str, Any]) -> "matplotlib.axes.Axes":
    ax = plots.axes(6.4, 3.0)
    for line, (name, (value, low, high, _)) in enumerate(found["groups"].items()):
        ax.plot([low, high], [line, line], color=plots.COLOURS[0], linewidth=1.8, zorder=2)
        ax.plot([value], [line], "o", color=plots.COLOURS[0], markersize=6, zorder=3)
        ax.plot([found["even_groups"][name]], [line], "x", color=plots.GREYS[0], markersize=7, zorder=3)
    ax.set_yticks(range(len(found["groups"])), list(found["groups"]))
    ax.set_ylim(len(found["groups"]) - 0.5, -0.5)
    ax.set_xlim(left=min(0.0, ax.get_xlim()[0]))
    _plain(ax, "nats a prediction", "What the larger model is better at")
    return ax


def _latents(metrics: Mapping[str, Any]) -> "matplotlib.figure.FigureBase":
    many, matched = metrics["dictionaries"], metrics["matched"]["explained"]
    axes = _row(2, 5.6)
    for ax, name, title in zip(
        axes, ("often", "once"), (f"At least {OFTEN} firings", "At least 1 firing"), strict=True
    ):
        for step, colour, marker in zip(_steps(many), plots.COLOURS, plots.MARKERS, strict=False):
            own = [one for one in many if one["step"] == step]
            means = [[one for one in own if one["k"] == k] for k in sorted({one["k"] for one in own})]
            xs = [float(np.mean([one["explained"] for one in group])) for group in means]
            ax.plot(xs, [float(np.mean([one[name] for one in group])) for group in means], color=colour, linewidth=1.6)
            where, counts = [one["explained"] for one in own], [one[name] for one in own]
            ax.plot(where, counts, marker, color=colour, markersize=5, label=f"step {step:,}")
        ax.axhline(SATURATED * many[0]["width"], color=plots.GREYS[1], linestyle=plots.DASHES[0], linewidth=1.2)
        if matched is not None:
            ax.axvline(matched["target"], color=plots.GREYS[1], linestyle=plots.DASHES[1], linewidth=1.2)
        ax.set_ylim(0, 1.02 * many[0]["width"])
        ax.set_ylabel("latents", fontsize=10, color=plots.INK)
        _plain(ax, "explained variance", title)
    axes[1].legend(loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False, fontsize=9, labelcolor=plots.INK)
    return _whole(axes[0])


def _slopes(metrics: Mapping[str, Any]) -> "matplotlib.figure.FigureBase":
    many = metrics["dictionaries"]
    steps, ks = _steps(many), sorted({one["k"] for one in many})

    def line(k: int, name: str) -> plots.Curve:
        found = [[one[name] for one in many if (one["step"], one["k"]) == (step, k)] for step in steps]
        if any(value is None for one in found for value in one):
            return plots.curve([None] * len(steps))
        means = [over_seeds(one).value for one in found]
        return plots.Curve(
            np.array(means), np.array([min(one) for one in found]), np.array([max(one) for one in found])
        )

    axes = _row(len(ks), 4.2)
    for ax, k in zip(axes, ks, strict=True):
        plots.curves(
            range(len(steps)), {"dictionaries": line(k, "steep")}, ax,
            controls={"whatever the token": line(k, "steep null")},
            xlabel="training step", ylabel="minus the slope" if k == ks[0] else "", title=f"{k} active latents",
        )  # fmt: skip
        ax.set_xticks(range(len(steps)), [f"{step:,}" for step in steps])
        if k != ks[-1] and (legend := ax.get_legend()) is not None:
            legend.remove()
    return _whole(axes[0])


def _steps(many: Sequence[Mapping[str, Any]]) -> list[int]:
    return sorted({one["step"] for one in many})


def _row(count: int, width: float) -> "list[matplotlib.axes.Axes]":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width * count, 3.8), layout="constrained")
    return list(figure.subplots(1, count, squeeze=False)[0])


def _whole(ax: "matplotlib.axes.Axes") -> "matplotlib.figure.FigureBase":
    return ax.figure


def _times(steps: Sequence[float] | Sequence[int]) -> Any:
    """Where steps lie on an axis that has room for 0: ln(1 + step)."""
    return np.log1p(np.asarray(steps, np.float64))


def _ticks(ax: "matplotlib.axes.Axes", steps: Sequence[int]) -> None:
    shown = [tick for tick in TICKS if tick <= steps[-1]]
    ax.set_xticks(_times(shown), [f"{tick:,}" for tick in shown])
    ax.set_xlabel("training step", fontsize=10, color=plots.INK)


def _bare(values: Any) -> plots.Curve:
    """A line without a band."""
    line = np.asarray(values, np.float64)
    return plots.Curve(line, line, line)


def _plain(ax: "matplotlib.axes.Axes", xlabel: str, title: str) -> None:
    ax.set_xlabel(xlabel, fontsize=10, color=plots.INK)
    ax.set_title(title, fontsize=11, color=plots.INK, loc="left", fontweight="bold")
    ax.grid(True, color=plots.FAINT, linewidth=0.7)
    ax.set_axisbelow(True)
    ax.tick_params(labelsize=9, length=0, labelcolor=plots.INK)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)


__all__ = ["panels"]
