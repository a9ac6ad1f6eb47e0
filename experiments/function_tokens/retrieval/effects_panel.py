"""The figure of rank agreements between the effects of latents."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.function_tokens.retrieval.following import CONTENT, FUNCTION
from experiments.function_tokens.retrieval.following_panel import dots, dressed
from experiments.function_tokens.retrieval.removing import AREAS, CORRELATIONS
from interp import plots
from interp.report import Panel

ROWS = {
    "removal with direct effect": "removal with\ndirect effect", "removal with activation": "removal with\nactivation",
    "removal of reactivated": "removal", "direct effect of reactivated": "direct effect",
    "activation of reactivated": "activation",
}  # fmt: skip
"""What the measurements are called in the figure."""


def panel(told: Mapping[str, Any]) -> Panel:
    """From what `removing` told."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13.6, 3.3), layout="constrained")
    left, right = figure.subplots(1, 2)
    _rows(told, list(CORRELATIONS), 0.0, left, "Spearman's correlation over the latents of a place", "Do they agree?")
    title = "Do latents that came back matter more?"
    _rows(told, list(AREAS), 0.5, right, "chance that one that came back is the higher", title)
    right.legend(loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False, fontsize=9)
    share = {name: told[name]["share of reactivated"] for name in told}
    words = ", ".join(f"{100 * found[0]:.0f} % at {name} tokens" for name, found in share.items() if found)
    return Panel(
        "effects", figure,
        "Each latent that is active at a place is removed by itself. Removal: what the next token's log-probability "
        "loses; direct effect: what the latent gives to that token's logit past all later blocks, less the mean over "
        f"tokens. Active before in the passage: {words} of the latents. Grey line: chance. Bars: 95 % over documents.",
    )  # fmt: skip


def _rows(told: Mapping[str, Any], keys: Sequence[str], chance: float, ax: Any, xlabel: str, title: str) -> None:
    for number, name in enumerate((FUNCTION, CONTENT)):
        known = [(row, told[name][key]) for row, key in enumerate(keys) if told[name][key]]
        heights = [row + 0.2 * (number - 0.5) for row, _ in known]
        dots(ax, heights, [found for _, found in known], plots.COLOURS[number], f"at {name} tokens")
    ax.axvline(chance, color="#888888", linewidth=1)
    ax.set_yticks(range(len(keys)), [ROWS[key] for key in keys])
    ax.set_ylim(len(keys) - 0.5, -0.5)
    dressed(ax, xlabel, title)


__all__ = ["panel"]
