"""The figure of success and cost by strength, over the topics whose search found a latent and over the others."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.function_tokens.steering.topics_panel import LATENT, RANDOM, STRENGTH, doubling
from experiments.function_tokens.steering.trying import FOUND, NOT_FOUND, PLAIN
from interp import plots
from interp.report import Panel

NAMES = {"latent": LATENT, "activation": "whole activation of the topic's prompt"}
TITLES = {FOUND: "Topics with a latent", NOT_FOUND: "No latent found: the most active stands in"}
SUCCESS, COST = "continuations\nwith the topic", "share of a continuation\nthat is its commonest token"


def panel(metrics: Mapping[str, Any]) -> Panel:
    """From the metrics: a column for either set of topics that has any."""
    from matplotlib.figure import Figure

    told = metrics["strength"]
    shown = [which for which in (FOUND, NOT_FOUND) if told[which]]
    figure = Figure(figsize=(3.2 + 5.0 * len(shown), 6.4), layout="constrained")
    parts = figure.subplots(2, len(shown), sharex=True, sharey="row", squeeze=False)
    for column, which in enumerate(shown):
        names = [one["name"] for one in metrics["topics"] if (one["k"] is None) == (which == NOT_FOUND)]
        above, below = parts[:, column]
        _part(above, told["strengths"], told[which], "success", f"{TITLES[which]}\n({', '.join(names)})")
        _part(below, told["strengths"], told[which], "repeated", "")
        below.set_xlabel(STRENGTH)
        above.set_ylabel(SUCCESS if column == 0 else "")
        below.set_ylabel(COST if column == 0 else "")
        for ax in (above, below) if column < len(shown) - 1 else (below,):
            ax.get_legend().remove()
    parts[0, 0].set_ylim(0, 1.03)
    parts[1, 0].set_ylim(0, 1.25 * max(_highest(told[which]) for which in shown))
    return Panel(
        "strength", figure,
        "Above: how often continuations have the topic when a direction of the given length is added at the last "
        "function token alone; only topics whose search found a latent are judged, the others stand apart. Below: "
        "what it costs, how much continuations repeat themselves: a model that is pushed too far repeats one word. "
        "Bands are 95 % over documents.",
    )  # fmt: skip


def _part(ax: Any, strengths: Sequence[float], told: Mapping[str, Any], which: str, title: str) -> None:
    kinds = told["kinds"]
    plots.curves(
        strengths, {name: plots.curve(kinds[kind][which]) for kind, name in NAMES.items()}, ax,
        controls={
            RANDOM: plots.curve(kinds["random"][which]), PLAIN: plots.curve([told[PLAIN][which]] * len(strengths)),
        },
        percent=True, title=title,
    )  # fmt: skip
    doubling(ax, strengths)


def _highest(told: Mapping[str, Any]) -> float:
    rows = [told[PLAIN]["repeated"], *(one for kind in told["kinds"].values() for one in kind["repeated"])]
    return float(np.max([one[2] for one in rows]))


__all__ = ["NAMES", "panel"]
