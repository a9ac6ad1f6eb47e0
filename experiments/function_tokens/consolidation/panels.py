"""The figures: losses by class along training, shares, single tokens, two sizes, latents, slopes."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.function_tokens.consolidation.compared import latents, slopes
from experiments.function_tokens.consolidation.drawing import TICKS, bare, plain, row, ticks, times, whole
from experiments.function_tokens.consolidation.grouped import GRADIENT
from interp import plots
from interp.report import Panel

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

NAMED = 6
"""Function tokens with a curve of their own."""


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """One figure for each thing asked."""
    sizes = metrics["sizes"]
    first = sizes[0]
    found = [
        Panel("losses", _losses(sizes, "groups"), "Mean loss by class of the current and the next token along "
              "training, on documents that the models have not seen, with 95 % intervals over documents."),
        Panel("words", _losses(sizes, "words"), "The same where the next token begins a word: what is left is not made "
              "by the tokenizer, whose words go on with tokens that are easy to foretell."),
        Panel("shares", _shares(first), f"{first['name']}: what each group has of all predictions (dotted) and of the "
              "whole loss; and of the gradient of one training step's windows (t interval over batches), in two "
              "numbers that must not be confused. Middle: the length of the group's gradient, by the sum of the four "
              "lengths, which is more than the length of the whole. Right: the part of the whole gradient that is the "
              "group's, its projection on the whole by the length of the whole: negative for a group that pulls "
              "against the others."),
        Panel("tokens", _tokens(first), f"{first['name']}: mean loss of the most frequent function tokens as what "
              "comes next; and the steps from which the losses of all function tokens have done 90 % of their way, "
              "in order, beside those of content tokens that are next in frequency."),
        latents(metrics),
        slopes(metrics),
    ]  # fmt: skip
    if metrics["gain"] is not None and metrics["gain"]["all"] is not None:
        caption = (
            f"By how much {metrics['gain']['large']} is better than {metrics['gain']['small']} in each group, with "
            "95 % intervals over documents; crosses: if all losses had fallen by the same share. There is one training "
            "of each: how trainings differ is not in the intervals."
        )
        found.insert(4, Panel("sizes", _gain(metrics["gain"]["all"]).figure, caption))
    return found


def _losses(sizes: Sequence[Mapping[str, Any]], which: str) -> "matplotlib.figure.FigureBase":
    axes = row(len(sizes), 6.6)
    for ax, size in zip(axes, sizes, strict=True):
        lines = {name: plots.curve(one["mean"]) for name, one in size[which].items()}
        title = f"{size['name']}, {size['depth']} {'block' if size['depth'] == 1 else 'blocks'}"
        plots.curves(times(size["steps"]), lines, ax, ylabel="loss in nats", title=title)
        ticks(ax, size["steps"])
    top = max(ax.get_ylim()[1] for ax in axes)
    for ax in axes:
        ax.set_ylim(0, top)
    return whole(axes[0])


def _shares(size: Mapping[str, Any]) -> "matplotlib.figure.FigureBase":
    axes, groups = row(3, 5.6), size["groups"]
    drawn = {"share of the loss": {name: plots.curve(one["loss share"]) for name, one in groups.items()}}
    for key, kind in GRADIENT.items():
        lines = {name: plots.curve(one[key]) for name, one in size["gradients"].items() if name in groups}
        drawn[f"share of the {kind}" if key == "norm share" else kind] = lines
    for ax, (title, lines) in zip(axes, drawn.items(), strict=True):
        plots.curves(times(size["steps"]), lines, ax, title=title.capitalize(), ylabel="share", percent=True)
        for (_, one), colour in zip(groups.items(), plots.COLOURS, strict=False):
            ax.axhline(one["token share"][0], color=colour, linestyle=plots.DASHES[1], linewidth=1.0, zorder=1)
        ticks(ax, size["steps"])
        means = np.concatenate([line.mean for line in lines.values()])
        ax.set_ylim(min(0.0, float(np.nanmin(means))), max(0.6, float(np.nanmax(means))))
        if ax is not axes[-1] and (legend := ax.get_legend()) is not None:
            legend.remove()
    return whole(axes[0])


def _tokens(size: Mapping[str, Any]) -> "matplotlib.figure.FigureBase":
    left, right = row(2, 6.6)
    found, steps = size["converging"], size["steps"]
    # In quotes: a legend leaves out names that begin with "_".
    lines = {f"“{one['token']}”": bare(one["losses"]) for one in found["tokens"][:NAMED]}
    if lines:
        title = "The most frequent function tokens"
        plots.curves(times(steps), lines, left, ylabel="loss in nats", title=title)
        ticks(left, steps)
    share = np.linspace(0, 1, 101)
    places = {
        "function tokens": [one["step"] for one in found["tokens"]], "next in frequency": found["next in frequency"],
    }  # fmt: skip
    curves = {name: bare(np.quantile(times(step), share)) for name, step in places.items() if step}
    if curves:
        control = {name: curves.pop(name) for name in list(curves)[1:]}
        plots.curves(
            share, curves, right, controls=control, xlabel="share of the tokens", ylabel="step",
            title="90 % of the way is done",
        )  # fmt: skip
        shown = [tick for tick in TICKS if tick <= steps[-1]]
        right.set_yticks(times(shown), [f"{tick:,}" for tick in shown])
    return whole(left)


def _gain(found: Mapping[str, Any]) -> "matplotlib.axes.Axes":
    ax = plots.axes(6.4, 3.0)
    for line, (name, (value, low, high, _)) in enumerate(found["groups"].items()):
        ax.plot([low, high], [line, line], color=plots.COLOURS[0], linewidth=1.8, zorder=2)
        ax.plot([value], [line], "o", color=plots.COLOURS[0], markersize=6, zorder=3)
        ax.plot([found["even_groups"][name]], [line], "x", color=plots.GREYS[0], markersize=7, zorder=3)
    ax.set_yticks(range(len(found["groups"])), list(found["groups"]))
    ax.set_ylim(len(found["groups"]) - 0.5, -0.5)
    ax.set_xlim(left=min(0.0, ax.get_xlim()[0]))
    ax.axvline(0, color=plots.GREYS[1], linewidth=1.0, zorder=1)
    plain(ax, "nats a prediction", "What the larger model is better at")
    return ax


__all__ = ["panels"]
