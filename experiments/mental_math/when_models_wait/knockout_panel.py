"""Which blocks must let the last token see the others."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.mental_math.when_models_wait.naming import SIDES, by_side
from interp import plots
from interp.report import Panel


def knockouts(metrics: Mapping[str, Any]) -> Panel:
    """A row for each model, a column for each block: what the full model keeps without the edges of that block."""
    from matplotlib.figure import Figure

    models = [*metrics["studied"], *metrics["planted"]]
    deepest = max(model["depth"] for model in models)
    figure = Figure(figsize=(3.2 + 0.8 * deepest, 1.2 + 0.34 * len(models)), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    for ax, name in zip(axes, SIDES, strict=True):
        shares = np.full((len(models), deepest), np.nan)
        for line, model in enumerate(models):
            if told := by_side(model).get(name):
                shares[line, : model["depth"]] = [one[0] for one in told["knockouts"]]
        image = ax.imshow(np.ma.masked_invalid(shares), cmap="cividis", vmin=0, vmax=1, aspect="auto")
        for (line, block), share in np.ndenumerate(shares):
            if np.isfinite(share):
                ink = "black" if share > 0.5 else "white"
                ax.text(block, line, f"{100 * share:.0f}", ha="center", va="center", fontsize=8, color=ink)
        ax.set_title(name, fontsize=10.5, color=plots.INK, loc="left", fontweight="bold")
        ax.set_xticks(range(deepest), [str(block + 1) for block in range(deepest)])
        ax.set_xlabel("block", fontsize=10, color=plots.INK)
        ax.tick_params(labelsize=9, length=0, labelcolor=plots.INK)
        for edge in ax.spines.values():
            edge.set_visible(False)
    axes[0].set_yticks(range(len(models)), [model["name"] for model in models])
    bar = figure.colorbar(image, ax=list(axes), shrink=0.85, format=lambda share, _: f"{100 * share:.0f}%")
    bar.ax.tick_params(labelsize=8, length=0)
    bar.outline.set_visible(False)
    return Panel(
        "knockouts", figure,
        "The full model, in which one block at a time does not let the last token see any token but the first and "
        "itself: the per cent of right answers that stay right. A model that waits and transfers needs its transfer "
        "blocks alone. Blocks are counted from 1; the last rows were trained to wait.",
    )  # fmt: skip


__all__ = ["knockouts"]
