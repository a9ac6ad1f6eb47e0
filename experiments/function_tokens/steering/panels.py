"""The figures of `function_tokens/steering`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.function_tokens.steering import strength_panel, topics_panel
from experiments.function_tokens.steering.topics_panel import RANDOM, STRENGTH, doubling
from experiments.function_tokens.steering.trying import CLASSES, FOUND, NOT_FOUND, PLAIN
from interp import plots
from interp.report import Panel


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """From what `run` returned or its JSON."""
    found = [_depths(metrics), strength_panel.panel(metrics), topics_panel.panel(metrics), _places(metrics)]
    return found + ([_named(metrics["named"])] if metrics["named"] else [])


def _depths(metrics: Mapping[str, Any]) -> Panel:
    topics = metrics["topics"]
    count = len(topics[0]["depths"])
    lines = {
        f"{one['name']} (unsteered {100 * one['plain']:.0f}%)": _bare([rate for _, rate in one["depths"]])
        for one in topics
    }
    options: dict[str, Any] = {
        "ylabel": "continuations with the topic", "percent": True,
        "title": "The whole activation, added at the last token",
    }  # fmt: skip
    if count > 1:
        ax = plots.by_depth(range(count), lines, **options)
    else:
        ax = plots.curves([0], lines, xlabel=topics[0]["depths"][0][0], **options)
        ax.set_xticks([])
    ax.set_ylim(0, 1.03)
    return Panel(
        "depths", ax.figure,
        "The first step of the search: the activation of one prompt of the topic is added to the last token of prompts "
        "of other topics, at each depth; in brackets, without it. The depth with the highest success is taken for "
        "what follows.",
    )  # fmt: skip


def _places(metrics: Mapping[str, Any]) -> Panel:
    told = metrics["places"]
    which = FOUND if told[FOUND] else NOT_FOUND
    rows = told[which]
    lines = {f"{kind} token": plots.curve(rows[kind]["latent"]) for kind in CLASSES}
    controls = {f"{RANDOM}, {kind} token": plots.curve(rows[kind]["random"]) for kind in CLASSES}
    plain = [one[0] for kind in CLASSES for one in rows[kind][PLAIN]]
    places = np.arange(len(told["distances"]))
    ax = plots.curves(
        places, lines, plots.axes(8.2, 4.2), controls={**controls, PLAIN: float(np.mean(plain))},
        xlabel="tokens between the steered one and the end of the prompt", ylabel="continuations with the topic",
        title="Success against class and place of the steered token", percent=True,
    )  # fmt: skip
    ax.set_xticks(places, [str(one) for one in told["distances"]])
    ax.set_ylim(0, 1.03)
    over = "Over the topics whose search found a latent" if which == FOUND else "No latent was found: stand-ins"
    return Panel(
        "places", ax.figure,
        "At 0 the last token is steered, in prompts that end in a token of either class; else prompts end in a "
        "function token and an earlier one is steered. What the place does and what the class does is so set apart. "
        f"{over}; each topic is steered at the strength that its search found best; bands are 95 % over documents.",
    )  # fmt: skip


def _named(told: Mapping[str, Any]) -> Panel:
    lines = {name: plots.curve(one["latent"]) for name, one in told["cases"].items()}
    random, plain = (
        np.mean([[one[0] for one in row] for row in rows], 0)
        for rows in (
            [case["random"] for case in told["cases"].values()],
            [[case[PLAIN]] * len(told["strengths"]) for case in told["cases"].values()],
        )
    )
    ax = plots.curves(
        told["strengths"], lines, plots.axes(8.2, 4.2),
        controls={f"{RANDOM}, on average": _bare(random), f"{PLAIN}, on average": _bare(plain)},
        xlabel=STRENGTH, ylabel="answers with the trait", percent=True, title="The latents that the paper names",
    )  # fmt: skip
    ax.set_ylim(0, 1.03)
    doubling(ax, told["strengths"])
    return Panel(
        "named", ax.figure,
        "Each is added at the last token of a question, alone and with another. What the ledger prints is at the "
        f"strength that was best on {told['questions']['chosen on']} other questions. Bands are 95 % over the "
        f"{told['questions']['reported on']} questions that are shown.",
    )  # fmt: skip


def _bare(values: Sequence[float] | np.ndarray) -> plots.Curve:
    """A line without a band."""
    line = np.asarray(values, np.float64)
    return plots.Curve(line, line, line)


__all__ = ["panels"]
