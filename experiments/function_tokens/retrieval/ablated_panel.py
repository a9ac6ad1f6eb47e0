"""The figure of mean ablation by depth."""

from collections.abc import Mapping
from typing import Any

from experiments.function_tokens.retrieval.ablated import ALL, OWN, TOGETHER
from experiments.function_tokens.retrieval.following import CONTENT, FUNCTION
from interp import plots
from interp.report import Panel

TITLES = {ALL: "Put to the mean of all tokens", OWN: "Put to the mean of the token"}
"""What the upper parts are called."""


def panel(told: Mapping[str, Any]) -> Panel:
    """From what `ablated` told."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(14.4, 6.8), layout="constrained")
    upper, (difference, own) = figure.subplots(2, 2)
    depths = [one["depth"] for one in told["depths"]]
    for ax, kind in zip(upper, (ALL, OWN), strict=True):
        lines = {
            f"{name} tokens": plots.curve([one[kind][name] for one in told["depths"]]) for name in (FUNCTION, CONTENT)
        }
        plots.by_depth(depths, lines, ax, title=TITLES[kind], ylabel="nats that a later token loses")
        ax.axhline(0, color="#888888", linewidth=1)
    upper[0].get_legend().remove()
    lines = {kind: plots.curve([one[kind]["difference"] for one in told["depths"]]) for kind in (ALL, OWN)}
    plots.by_depth(depths, lines, difference, title="Function less content tokens", ylabel="nats of a later token")
    difference.axhline(0, color="#888888", linewidth=1)
    lines = {
        f"{name}, {kind}": plots.curve([one[kind]["own"][name] for one in told["depths"]])
        for kind in (ALL, OWN)
        for name in (FUNCTION, CONTENT)
    }
    plots.by_depth(depths, lines, own, title="What the ablated places lose themselves", ylabel="nats")
    own.set_ylim(bottom=min(0.0, own.get_ylim()[0]))
    return Panel("ablation", figure, _caption(told))


def _caption(told: Mapping[str, Any]) -> str:
    together = told[TOGETHER]
    over = ", ".join(str(depth) for depth in together["depths"])
    means = " and ".join(
        f"{value:+.3f} nats ({low:+.3f} to {high:+.3f}) with the {kind}"
        for kind in (ALL, OWN)
        for value, low, high in [together[kind]["difference"][:3]]
    )
    return (
        f"The residual stream at {told['pairs']:,} function tokens, or at as many content tokens a few positions from "
        "them, is put to a mean at one depth. Above: what the tokens read elsewhere lose by it (their loss "
        f"is {told['loss']:.2f} nats; both lines are of the same tokens). Below left: the difference of the lines; its "
        f"mean over the depths {over} is {means}. Below right: what the ablated places lose in their own predictions. "
        "Bands: 95 % over documents."
    )


__all__ = ["TITLES", "panel"]
