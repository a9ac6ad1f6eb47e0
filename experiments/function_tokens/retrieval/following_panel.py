"""The figure of reactivation by class of token."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.function_tokens.retrieval.following import CONTENT, FUNCTION, WORDS
from interp import plots
from interp.report import Panel
from interp.retrieval.reactivation import SAME

NAMES = {FUNCTION: "function token", WORDS[0]: "content, begins a word", WORDS[1]: "content, goes on with one"}
"""The classes whose curves are drawn, and what they are called in figures."""
ROWS = {
    FUNCTION: "function tokens", CONTENT: "content tokens", WORDS[0]: "that begin a word", WORDS[1]: "others",
}  # fmt: skip
"""What the rows of the right half are called."""


def panel(trained: Mapping[str, Any], untrained: Mapping[str, Any] | None) -> Panel:
    """From what `following` told of the model and, if it was run, of an untrained one."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(14.4, 4.0), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.5, 1))
    _by_distance(trained, left)
    _excess({"trained": trained} | ({"untrained": untrained} if untrained else {}), right)
    return Panel(
        "reactivation", figure,
        f"Of {trained['origins']:,} latents that were first active in a passage at a content token: how often each is "
        "active at a later token, by its class and by distance; grey, the same of random latents that are about as "
        "dense, fire at content tokens about as often, and were not active before. "
        f"Right: what is above them, at a standard distance. {_same(trained)}Bands "
        "and bars: 95 % over documents.",
    )  # fmt: skip


def _same(told: Mapping[str, Any]) -> str:
    one = told["classes"].get(SAME)
    return f"Where the token of the first activity comes again, it is {100 * one['rate'][0]:.0f} %. " if one else ""


def _by_distance(told: Mapping[str, Any], ax: Any) -> None:
    classes = {name: title for name, title in NAMES.items() if name in told["classes"]}
    lines = {title: plots.curve(told["classes"][name]["by distance"]) for name, title in classes.items()}
    controls = {
        f"random latents, {title.split(',')[-1].strip()}": plots.curve(told["classes"][name]["control by distance"])
        for name, title in classes.items()
    }
    plots.curves(
        told["bands"], lines, ax, controls=controls, percent=True, xlabel="tokens behind the first activity, from",
        ylabel="latents that are active", title="Latents of content tokens that come back",
    )  # fmt: skip
    ax.set_xscale("log")
    ax.set_xticks(told["bands"], [str(band) for band in told["bands"]])
    ax.set_xticks([], minor=True)


def _excess(told: Mapping[str, Mapping[str, Any]], ax: Any) -> None:
    rows = [name for name in ROWS if name in told["trained"]["classes"]]
    for number, (kind, one) in enumerate(told.items()):
        colour = (plots.COLOURS[0], plots.GREYS[0])[number]
        found = {row: one["classes"][name]["excess"] for row, name in enumerate(rows) if name in one["classes"]}
        heights = [row + 0.22 * (number - (len(told) - 1) / 2) for row in found]
        dots(ax, heights, list(found.values()), colour, kind)
    ax.axvline(0, color="#888888", linewidth=1)
    ax.set_yticks(range(len(rows)), [ROWS[name] for name in rows])
    ax.invert_yaxis()
    ax.xaxis.set_major_formatter(lambda fraction, _: f"{100 * fraction:.6g}%")
    dressed(ax, "above random latents", "What is more than chance")
    if len(told) > 1:
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False, fontsize=9)


def dots(
    ax: Any, heights: Sequence[float], intervals: Sequence[Sequence[float | int]], colour: str, label: str
) -> None:
    """A dot with its interval at each height."""
    values = [interval[0] for interval in intervals]
    errors = [[one[0] - one[1] for one in intervals], [one[2] - one[0] for one in intervals]]
    ax.errorbar(
        values, heights, xerr=errors, fmt="o", color=colour, markersize=5, linewidth=1.6, capsize=0, label=label
    )  # fmt: skip


def dressed(ax: Any, xlabel: str, title: str) -> None:
    """As `interp.plots` dresses its axes."""
    ax.set_xlabel(xlabel, fontsize=10, color=plots.INK)
    ax.set_title(title, fontsize=11, color=plots.INK, loc="left", fontweight="bold")
    ax.tick_params(labelsize=9, length=0, labelcolor=plots.INK)
    ax.grid(True, axis="x", color=plots.FAINT, linewidth=0.7)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)


__all__ = ["NAMES", "dots", "dressed", "panel"]
