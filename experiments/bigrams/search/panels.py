"""The figures: size against correlation, and where the weights lie."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.bigrams.stacks import by_kind, stacked
from interp import plots
from interp.report import Panel

if TYPE_CHECKING:
    import matplotlib.axes


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """What sizes cost, what they lose, where the kept weights are."""
    named = _named(metrics)
    places = {name: one["place"] for name, one in named.items() if one["place"] is not None}
    return (
        Panel("sizes", _sizes(metrics).figure, "How well masks of all sizes go with the bigrams: the correlation of "
              "surprisals on held-out documents. Line: one mask a lambda, with 95 % intervals over documents. "
              "Squares: masks of an exact size, one a seed. Grey: the full model, no weights at all (embeddings, norms "
              "and biases alone), and random masks with as many weights in each matrix."),
        Panel("losses", _losses(metrics).figure, "What the same masks lose: nats of the bigram distribution (what they "
              "were searched for) and of the token that really comes next. The bigram model itself loses the "
              "dotted level on the tokens that it can predict at all."),
        Panel("location", stacked(places), "Where the kept weights lie, block by block, attention and MLP apart; the "
              "last bar keeps the same part of every matrix. The masks of one size differ in their seeds only."),
        Panel("kinds", by_kind(places), "The same by kind of matrix: how many times its even part each holds. 1 is "
              "no preference."),
    )  # fmt: skip


def _named(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Every mask that was searched for, in words, largest first."""
    found = {f"\u03bb = {one['lam']:g}\n{100 * one['share']:.2g}%": one for one in metrics["curve"]}
    for number, one in enumerate(metrics["core"]):
        found[f"exact, {number}\n{100 * one['share']:.2g}%"] = one
    for one in metrics["exact"]:
        found[f"exact\n{100 * one['share']:.2g}%"] = one
    return found


def _sizes(metrics: Mapping[str, Any]) -> "matplotlib.axes.Axes":
    kept = [one for one in metrics["curve"] if one["size"]]
    shares = [one["share"] for one in kept]
    ax = plots.curves(
        shares, {"a mask a lambda": plots.curve([one["r"] for one in kept])},
        controls={
            "full model": metrics["full"]["r"][0], "no weights": metrics["empty"]["r"][0],
            "random masks": plots.curve([one["random"]["r"] for one in kept]),
        },
        xlabel="share of the weights kept", ylabel="r with the bigrams", title="Size against correlation",
    )  # fmt: skip
    exact = [*metrics["core"], *metrics["exact"]]
    ax.plot(
        [one["share"] for one in exact], [one["r"][0] for one in exact], plots.MARKERS[1], color=plots.COLOURS[1],
        markersize=5, label="exact sizes", zorder=4,
    )  # fmt: skip
    _finish(ax)
    return ax


def _losses(metrics: Mapping[str, Any]) -> "matplotlib.axes.Axes":
    kept = [one for one in metrics["curve"] if one["size"]]
    bigrams = np.array([one["cross_entropy"] for one in kept])
    ax = plots.curves(
        [one["share"] for one in kept],
        {
            "bigram distribution": plots.Curve(bigrams, bigrams, bigrams),
            "next token": plots.curve([one["loss"] for one in kept]),
        },
        controls={
            "full model, bigrams": metrics["full"]["cross_entropy"],
            "full model, next token": metrics["full"]["loss"][0],
            "bigram model, next token": metrics["bigram_loss"],
        },
        xlabel="share of the weights kept", ylabel="cross-entropy, nats", title="What masks lose",
    )  # fmt: skip
    _finish(ax)
    return ax


def _finish(ax: "matplotlib.axes.Axes") -> None:
    """Shares on a logarithmic axis, and a legend of all that is drawn."""
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(lambda share, _: f"{100 * share:g}%")
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False, fontsize=9, labelcolor=plots.INK)


__all__ = ["panels"]
