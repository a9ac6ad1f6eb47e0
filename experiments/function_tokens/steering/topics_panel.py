"""The figure of each topic by itself, against its own controls."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.function_tokens.steering.trying import PLAIN
from interp import plots
from interp.report import Panel

LATENT, RANDOM = "latent of the topic", "random latents"
FALSE = "real texts of other topics (scorer's error)"
STRENGTH = "strength (mean norms of the residual stream)"
COLUMNS = 2


def panel(metrics: Mapping[str, Any]) -> Panel:
    """From the metrics: one part for each topic."""
    from matplotlib.figure import Figure

    told, topics = metrics["strength"], metrics["topics"]
    rows = -(-len(topics) // COLUMNS)
    figure = Figure(figsize=(12.4, 0.6 + 3.3 * rows), layout="constrained")
    parts = figure.subplots(rows, COLUMNS, sharex=True, sharey=True, squeeze=False).flatten()
    for part, (ax, one) in enumerate(zip(parts, topics, strict=False)):
        _topic(ax, told["strengths"], one, told["topics"][one["name"]])
        if part != min(COLUMNS, len(topics)) - 1:
            ax.get_legend().remove()
        ax.set_ylabel("continuations with the topic" if part % COLUMNS == 0 else "")
        lowest = part + COLUMNS >= len(topics)
        ax.set_xlabel(STRENGTH if lowest else "")
        ax.tick_params(labelbottom=lowest)
    for ax in parts[len(topics) :]:
        ax.remove()
    return Panel(
        "topics", figure,
        "Each topic by itself, against what random latents do and the model without steering, on the same prompts. k "
        "is how many of the latents that are most active in the topic's prompt had to be added until the topic came; "
        "the k-th is the topic's latent. Where all of them together did not bring it, the most active one stands in "
        "(broken line), and the topic is not judged. It is said at what share of all positions it fires. The upright "
        "line: the strength that was chosen on other prompts. Bands are 95 % over documents; the scorer takes some "
        "real texts of other topics for this one, too.",
    )  # fmt: skip


def _topic(ax: Any, strengths: Sequence[float], one: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    plots.curves(
        strengths, {LATENT: plots.curve(told["kinds"]["latent"]["success"])}, ax,
        controls={
            RANDOM: plots.curve(told["kinds"]["random"]["success"]),
            PLAIN: plots.curve([told[PLAIN]["success"]] * len(strengths)),
            FALSE: one["scorer"]["false positives"],
        },
        percent=True, title=called(one),
    )  # fmt: skip
    if one["k"] is None:
        ax.lines[-1].set_linestyle("--")
    ax.axvline(one["strength"], color="#888888", linewidth=0.9, zorder=1)
    ax.set_ylim(0, 1.03)
    doubling(ax, strengths)


def called(one: Mapping[str, Any]) -> str:
    """A topic, what the search of it found, and how often that fires."""
    fires = f"fires at {100 * one['density']:.0f} %"
    if one["k"] is None:
        return f"{one['name']}: no latent found\nlatent {one['latent']} stands in, {fires}"
    return f"{one['name']}\nlatent {one['latent']}, k = {one['k']} of {one['active']}, {fires}"


def doubling(ax: Any, strengths: Sequence[float]) -> None:
    """Strengths in steps of 2, as far apart as they are multiples."""
    ax.set_xscale("log", base=2)
    ax.set_xticks(list(strengths), [f"{one:g}" for one in strengths])
    ax.minorticks_off()


__all__ = ["LATENT", "RANDOM", "STRENGTH", "called", "doubling", "panel"]
