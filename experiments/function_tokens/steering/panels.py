"""The figures of `function_tokens/steering`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.function_tokens.steering.trying import CLASSES, PLAIN
from interp import plots
from interp.report import Panel

NAMES = {"latent": "latent of the topic", "activation": "whole activation of the topic's prompt"}
RANDOM = "random latents"


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """From what `run` returned or its JSON."""
    found = [_depths(metrics), _strength(metrics), _topics(metrics), _places(metrics)]
    return found + ([_named(metrics["named"])] if metrics["named"] else [])


def _depths(metrics: Mapping[str, Any]) -> Panel:
    topics = metrics["topics"]
    count = len(topics[0]["depths"])
    lines = {one["name"]: _bare([rate for _, rate in one["depths"]]) for one in topics}
    plain = float(np.mean([one["plain"] for one in topics]))
    options: dict[str, Any] = {
        "controls": {"unsteered, on average": plain}, "ylabel": "continuations with the topic", "percent": True,
        "title": "The whole activation, added at the last token",
    }  # fmt: skip
    if count > 1:
        ax = plots.by_depth(range(count), lines, **options)
    else:
        ax = plots.curves([0], lines, xlabel=topics[0]["depths"][0][0], **options)
        ax.set_xticks([])
    ax.set_ylim(-0.03, 1.03)
    return Panel(
        "depths", ax.figure,
        "The first step of the search: the activation of one prompt of the topic is added to the last token of prompts "
        "of other topics, at each depth. The depth with the highest success is taken for what follows.",
    )  # fmt: skip


def _strength(metrics: Mapping[str, Any]) -> Panel:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 6.4), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    told = metrics["strength"]
    x, kinds = told["strengths"], told["kinds"]
    plots.curves(
        x, {name: plots.curve(kinds[kind]["success"]) for kind, name in NAMES.items()}, above,
        controls={RANDOM: plots.curve(kinds["random"]["success"]), PLAIN: told[PLAIN]["success"][0]},
        ylabel="continuations\nwith the topic", title="Success against strength, held-out prompts", percent=True,
    )  # fmt: skip
    plots.curves(
        x, {name: _bare(kinds[kind]["repeated"]) for kind, name in NAMES.items()}, below,
        controls={RANDOM: _bare(kinds["random"]["repeated"]), PLAIN: told[PLAIN]["repeated"]},
        ylabel="share of a continuation\nthat is its commonest token", percent=True,
        xlabel="strength (mean norms of the residual stream)", title="What it costs",
    )  # fmt: skip
    above.set_ylim(-0.03, 1.03)
    _doubling(below, x)
    return Panel(
        "strength", figure,
        "Above: how often continuations have the topic when a direction of the given length is added at the last "
        "function token alone, over all topics; bands are 95 % over documents. Below: how much the continuations "
        "repeat themselves, since a model that is pushed too far repeats one word.",
    )  # fmt: skip


def _topics(metrics: Mapping[str, Any]) -> Panel:
    told = metrics["strength"]
    own = {one["name"]: one for one in metrics["topics"]}
    lines = {_called(own[name]): plots.curve(row["success"]) for name, row in told["topics"].items()}
    plain = {f"{name}, unsteered": row[PLAIN][0] for name, row in told["topics"].items()}
    ax = plots.curves(
        told["strengths"], lines, plots.axes(8.6, 4.2), controls={"unsteered, on average": np.mean([*plain.values()])},
        xlabel="strength (mean norms of the residual stream)", ylabel="continuations with the topic", percent=True,
        title="The latent of each topic",
    )  # fmt: skip
    ax.set_ylim(-0.03, 1.03)
    _doubling(ax, told["strengths"])
    return Panel(
        "topics", ax.figure,
        "The same for the latent of each topic. k is how many of the latents that are most active in the topic's "
        "prompt had to be added until the topic came; the k-th is the topic's latent. Where all of them "
        "together did not bring it, the most active one stands in.",
    )  # fmt: skip


def _called(one: Mapping[str, Any]) -> str:
    reached = f"k = {one['k']} of {one['active']}" if one["k"] else f"not by all {one['active']}"
    return f"{one['name']} (latent {one['latent']}, {reached})"


def _places(metrics: Mapping[str, Any]) -> Panel:
    told = metrics["places"]
    lines = {f"{kind} token": plots.curve(told["classes"][kind]["latent"]) for kind in CLASSES}
    controls = {f"{RANDOM}, {kind} token": plots.curve(told["classes"][kind]["random"]) for kind in CLASSES}
    plain = [one[0] for kind in CLASSES for one in told["classes"][kind][PLAIN]]
    places = np.arange(len(told["distances"]))
    ax = plots.curves(
        places, lines, plots.axes(8.2, 4.2), controls={**controls, PLAIN: float(np.mean(plain))},
        xlabel="tokens between the steered one and the end of the prompt", ylabel="continuations with the topic",
        title="Success against class and place of the steered token", percent=True,
    )  # fmt: skip
    ax.set_xticks(places, [str(one) for one in told["distances"]])
    ax.set_ylim(-0.03, 1.03)
    return Panel(
        "places", ax.figure,
        "At 0 the last token is steered, in prompts that end in a token of either class; else prompts end in a "
        "function token and an earlier one is steered. What the place does and what the class does is so set apart. "
        "Each topic is steered at the strength that its search found best; bands are 95 % over documents.",
    )  # fmt: skip


def _named(told: Mapping[str, Any]) -> Panel:
    lines = {name: plots.curve(one["latent"]) for name, one in told["cases"].items()}
    random = np.mean([[one[0] for one in case["random"]] for case in told["cases"].values()], 0)
    ax = plots.curves(
        told["strengths"], lines, plots.axes(8.2, 4.2), controls={f"{RANDOM}, on average": _bare(random)},
        xlabel="strength (mean norms of the residual stream)", ylabel="answers with the trait", percent=True,
        title="The latents that the paper names",
    )  # fmt: skip
    ax.set_ylim(-0.03, 1.03)
    _doubling(ax, told["strengths"])
    return Panel(
        "named", ax.figure,
        "Each is added at the last token of a question, alone and with another. Bands are 95 % over questions.",
    )  # fmt: skip


def _doubling(ax: Any, strengths: Sequence[float]) -> None:
    """Strengths in steps of 2, as far apart as they are multiples."""
    ax.set_xscale("log", base=2)
    ax.set_xticks(list(strengths), [f"{one:g}" for one in strengths])
    ax.minorticks_off()


def _bare(values: Sequence[float] | np.ndarray) -> plots.Curve:
    """A line without a band."""
    line = np.asarray(values, np.float64)
    return plots.Curve(line, line, line)


__all__ = ["panels"]
