"""The figures of `bigrams/overlap`."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.bigrams.overlap.dots import dots
from experiments.bigrams.overlap.findings import compared
from interp import plots
from interp.report import Panel
from interp.stats import Interval, over_seeds

NULLS = {
    "free": "any weights of the matrix", "rows": "its rows permuted", "columns": "its columns permuted",
    "magnitude": "weights of equal magnitude",
}  # fmt: skip
"""What the kinds of chance are called in figures."""


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """From what `run` returned or its JSON."""
    return (_pruning(metrics), _shared(metrics))


def _pruning(metrics: Mapping[str, Any]) -> Panel:
    optimal = metrics["optimal"]
    lines = {
        name: plots.curve([_over([mask[key] for mask in one["masks"]]) for one in optimal])
        for name, key in (("r with bigrams", "r"), ("r with the model", "r with the model"))
    }
    ax = plots.curves(
        [100 * one["share"] for one in optimal], lines,
        controls={
            "bigram subnetwork, with bigrams": _over([mask["r"] for mask in metrics["core"]]).value,
            "full model, with bigrams": metrics["full"]["r"],
            "no weights, with bigrams": metrics["empty"]["r"],
        },
        xlabel="weights kept (%)", ylabel="correlation of surprisals", title="What the best pruning says",
    )  # fmt: skip
    ax.set_xscale("log")
    ticks = [100 * one["share"] for one in optimal]
    ax.set_xticks(ticks, [f"{tick:.3g}" for tick in ticks])
    ax.set_xticks([], minor=True)
    return Panel(
        "optimal_pruning", ax.figure,
        "Masks searched for with the full model as the target, at exact sizes: how well the surprisals of the pruned "
        "model follow those of the bigram model, and those of the full model. Bands: 95 % over masks, where there are "
        "several.",
    )  # fmt: skip


def _shared(metrics: Mapping[str, Any]) -> Panel:
    from matplotlib.figure import Figure

    found = compared(metrics)
    pairs, core = found["pairs"], metrics["core"][0]
    figure = Figure(figsize=(12.6, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    contained = {"found": _over([pair["contained"] for pair in pairs])}
    for key, name in NULLS.items():
        contained[f"chance: {name}"] = _over([pair[key]["expected"] / pair["a"] for pair in pairs])
    contained["found between seeds"] = _over([pair["contained"] for pair in metrics["between seeds"]])
    dots(
        left, contained, controls=[name for name in contained if name.startswith("chance")],
        xlabel="share of the bigram subnetwork's weights", title="In the best pruning",
    )  # fmt: skip
    dots(
        right, {name: _over([pair[key]["ratio"] for pair in pairs]) for key, name in NULLS.items()},
        levels={"as by chance": 1.0}, xlabel="shared weights over those expected", title="Against each chance",
    )  # fmt: skip
    return Panel(
        "overlap", figure,
        f"Weights that the bigram subnetwork ({core['size']:,}) shares with the best pruning "
        f"({found['masks'][0]['size']:,}), and with one another over seeds. Chance in closed form, always within each "
        "matrix; the published code permutes rows. Lines: 95 % over pairs of masks.",
    )  # fmt: skip


def _over(values: Sequence[float]) -> Interval:
    return over_seeds(list(values))


__all__ = ["NULLS", "panels"]
