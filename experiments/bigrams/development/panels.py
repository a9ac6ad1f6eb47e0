"""The figures: correlation and place along training, and what the embeddings do alone."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from experiments.bigrams.stacks import stacked
from interp import plots
from interp.report import Panel
from interp.stats import over_seeds

if TYPE_CHECKING:
    import matplotlib.axes


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """How well masks of one size go with the bigrams along training, where they lie, and table 2 of the paper."""
    along = metrics["along"]
    share = along[0]["core"][0]["share"]
    places = {f"{one['step']:,}": one["core"][0]["place"] for one in along}
    return (
        Panel("along", _along(along).figure, f"Masks that keep {100 * share:.3g} % of the weights at checkpoints of "
              "one training: correlation with the bigrams on held-out documents, with the 95 % interval over the "
              "seeds of the search. Grey: the full model, and no weights at all."),
        Panel("place", stacked(places), "Where the weights of these masks lie (one seed each), by training step."),
        Panel("embeddings", _embeddings(metrics["embeddings"]).figure, "Masks without a penalty in the trained model, "
              "in random blocks between its embeddings, and in the same blocks between random ones (a dot a seed); "
              "beside them the full model, no weights, and one affine map in place of all blocks."),
    )  # fmt: skip


def _along(along: Sequence[Mapping[str, Any]]) -> "matplotlib.axes.Axes":
    ax = plots.curves(
        range(len(along)), {"masks": plots.curve([over_seeds([c["r"][0] for c in one["core"]]) for one in along])},
        controls={
            "full model": plots.curve([one["full"]["r"] for one in along]),
            "no weights": plots.curve([one["empty"]["r"] for one in along]),
        },
        xlabel="training step", ylabel="r with the bigrams", title="Along training",
    )  # fmt: skip
    ax.set_xticks(range(len(along)), [f"{one['step']:,}" for one in along])
    return ax


def _embeddings(found: Mapping[str, Any]) -> "matplotlib.axes.Axes":
    trained = found["trained"]
    rows = {
        "full model": ([trained["full"]["r"][0]], plots.GREYS[0]),
        "mask, trained": ([trained["r"][0]], plots.COLOURS[0]),
        "mask, random blocks": ([one["r"][0] for one in found["random blocks"]], plots.COLOURS[1]),
        "mask, all random": ([one["r"][0] for one in found["random"]], plots.COLOURS[2]),
        "affine map": ([found["linear"][0]], plots.GREYS[0]),
        "no weights": ([trained["empty"]["r"][0]], plots.GREYS[0]),
    }
    ax = plots.axes()
    for line, (values, colour) in enumerate(rows.values()):
        ax.plot(values, [line] * len(values), "o", color=colour, markersize=6, zorder=3)
    ax.set_yticks(range(len(rows)), list(rows))
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlabel("r with the bigrams", fontsize=10, color=plots.INK)
    ax.set_title("What the embeddings do alone", fontsize=11, color=plots.INK, loc="left", fontweight="bold")
    ax.grid(True, axis="x", color=plots.FAINT, linewidth=0.7)
    ax.tick_params(labelsize=9, length=0, labelcolor=plots.INK)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    return ax


__all__ = ["panels"]
