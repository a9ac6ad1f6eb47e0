"""The figure of mean ablation by depth."""

from collections.abc import Mapping
from typing import Any

from experiments.function_tokens.retrieval.ablated import ALL, OWN
from experiments.function_tokens.retrieval.following import CONTENT, FUNCTION
from interp import plots
from interp.report import Panel

TITLES = {ALL: "Put to the mean of all tokens", OWN: "Put to the mean of the token"}
"""What the first two parts are called."""


def panel(told: Mapping[str, Any]) -> Panel:
    """From what `ablated` told."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(16.4, 3.6), layout="constrained")
    *later, own = figure.subplots(1, 3, width_ratios=(1, 1, 1.05))
    depths = [one["depth"] for one in told["depths"]]
    for ax, kind in zip(later, (ALL, OWN), strict=True):
        lines = {
            f"{name} tokens": plots.curve([one[kind][name] for one in told["depths"]]) for name in (FUNCTION, CONTENT)
        }
        plots.by_depth(
            depths, lines, ax, title=TITLES[kind],
            ylabel="nats that a later token loses" if kind == ALL else "",
        )  # fmt: skip
        ax.axhline(0, color="#888888", linewidth=1)
    lines = {
        f"{name}, {kind}": plots.curve([one[kind]["own"][name] for one in told["depths"]])
        for kind in (ALL, OWN)
        for name in (FUNCTION, CONTENT)
    }
    plots.by_depth(depths, lines, own, title="What the ablated places lose themselves", ylabel="nats")
    later[0].get_legend().remove()
    return Panel(
        "ablation", figure,
        f"The residual stream at {told['pairs']:,} function tokens, or at as many content tokens a few positions from "
        "them, is put to a mean at one depth. Left and middle: what the tokens read elsewhere lose by it (their loss "
        f"is {told['loss']:.2f} nats; both lines are of the same tokens). Right: what the ablated places lose in their "
        "own predictions. Bands: 95 % over documents.",
    )  # fmt: skip


__all__ = ["TITLES", "panel"]
