"""The figure of reactivation by class of token, on two scales."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.function_tokens.retrieval.following import CHANCE, CONTENT, FUNCTION, WORDS
from interp import plots
from interp.report import Panel
from interp.retrieval.reactivation import SAME

NAMES = {FUNCTION: "function tokens", CONTENT: "content tokens"}
"""The classes whose curves are drawn, and what they are called in figures."""
ROWS = {**NAMES, WORDS[0]: "content, word-initial", WORDS[1]: "content, other"}
"""What the rows of the lower half are called."""


def panel(trained: Mapping[str, Any], untrained: Mapping[str, Any] | None) -> Panel:
    """From what `following` told of the model and, if it was run, of an untrained one."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(14.4, 7.2), layout="constrained")
    (rates, ratios), (points, times) = figure.subplots(2, 2, width_ratios=(1.1, 1), height_ratios=(1.15, 1))
    _rates(trained, rates)
    _ratios(trained, ratios)
    told = {"trained": trained} | ({"untrained": untrained} if untrained else {})
    _rows(told, "excess", points, "percentage points", "Above chance, as a difference")
    points.axvline(0, color="#888888", linewidth=1)
    points.xaxis.set_major_formatter(lambda fraction, _: f"{100 * fraction:.6g}")
    points.legend(loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False, fontsize=9)
    _rows(told, "ratio", times, "times chance", "Above chance, as a ratio")
    times.axvline(1, color="#888888", linewidth=1)
    times.set_xlim(left=0)
    return Panel(
        "reactivation", figure,
        f"Of {trained['origins']:,} latents that were first active in a passage at a content token: how often each is "
        f"active at a later token, by its class and by distance. Grey, chance: {CHANCE}; tokens without such a control "
        "are left out. Chance is not the same for both classes, so what is above it is told on two scales: as a ratio "
        "(right) and as a difference (below left). "
        f"Below: at a standard distance. {_same(trained)}Bands and bars: 95 % over documents.",
    )  # fmt: skip


def _same(told: Mapping[str, Any]) -> str:
    one = told["classes"].get(SAME)
    return f"Where the token of the first activity comes again, it is {100 * one['rate'][0]:.0f} %. " if one else ""


def _rates(told: Mapping[str, Any], ax: Any) -> None:
    classes = told["classes"]
    lines = {f"at {title}": plots.curve(classes[name]["by distance"]) for name, title in NAMES.items()}
    controls = {
        f"by chance, at {title}": plots.curve(classes[name]["control by distance"]) for name, title in NAMES.items()
    }
    plots.curves(
        told["bands"], lines, ax, controls=controls, percent=True, xlabel="tokens behind the first activity, from",
        ylabel="latents that are active", title="Latents of content tokens that come back",
    )  # fmt: skip
    _distances(told["bands"], ax)
    ax.set_ylim(bottom=0)


def _ratios(told: Mapping[str, Any], ax: Any) -> None:
    lines = {title: plots.curve(told["classes"][name]["ratio by distance"]) for name, title in NAMES.items()}
    plots.curves(
        told["bands"], lines, ax, xlabel="tokens behind the first activity, from", ylabel="times chance",
        title="The same over chance",
    )  # fmt: skip
    _distances(told["bands"], ax)
    ax.get_legend().remove()  # that of the rates is beside it
    ax.axhline(1, color="#888888", linewidth=1)
    ax.set_ylim(bottom=0)


def _distances(bands: Sequence[int], ax: Any) -> None:
    ax.set_xscale("log")
    ax.set_xticks(bands, [str(band) for band in bands])
    ax.set_xticks([], minor=True)


def _rows(told: Mapping[str, Mapping[str, Any]], key: str, ax: Any, xlabel: str, title: str) -> None:
    rows = [name for name in ROWS if name in told["trained"]["classes"]]
    for number, (kind, one) in enumerate(told.items()):
        colour = (plots.COLOURS[2], plots.GREYS[0])[number]
        found = {row: one["classes"].get(name, {}).get(key) for row, name in enumerate(rows)}
        known = {row: interval for row, interval in found.items() if interval}
        heights = [row + 0.22 * (number - (len(told) - 1) / 2) for row in known]
        dots(ax, heights, list(known.values()), colour, kind)
    ax.set_yticks(range(len(rows)), [ROWS[name] for name in rows])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    dressed(ax, xlabel, title)


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
