"""The figures of `bigrams/core_plus_circuit`."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.bigrams.stacks import stacked
from interp import plots
from interp.report import Panel
from interp.stats import Interval, over_seeds

NAMES = {
    "circuit": "core and circuit", "offered": "the same, taught where copying errs, too",
    "without": "as many weights, no core", "random": "core and random weights",
    "largest": "core and largest weights",
}  # fmt: skip
"""What is compared, as figures call it."""
CONTROLS = ("random", "largest")


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """From what `run` returned or its JSON."""
    return (_losses(metrics), _location(metrics))


def _losses(metrics: Mapping[str, Any]) -> Panel:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(15.4, 3.8), layout="constrained")
    places = figure.subplots(1, 3)
    shown = (
        ("right", "Where copying is right", "next-token loss (nats)"),
        ("wrong", "Where copying errs", "next-token loss (nats)"),
        ("r", "Everywhere but where it is right", "correlation with bigrams"),
    )
    shares = [100 * one["share"] for one in metrics["added"]]
    for ax, (what, title, label) in zip(places, shown, strict=True):
        lines = {kind: plots.curve([_over(one[kind], what) for one in metrics["added"]]) for kind in NAMES}
        core = _over(metrics["core"], what)
        plots.curves(
            shares, {name: lines[kind] for kind, name in NAMES.items() if kind not in CONTROLS}, ax,
            controls={NAMES[kind]: lines[kind] for kind in CONTROLS}, xlabel="weights added (% of all)", ylabel=label,
            title=title,
        )  # fmt: skip
        ax.axhline(core[0], color=plots.COLOURS[5], linewidth=1.3, label="core alone")
        ax.axhline(metrics["full"][what], color=plots.INK, linewidth=1.3, label="full model")
        ax.set_xscale("log")
        ax.set_xticks(shares, [f"{share:g}" for share in shares])
        ax.minorticks_off()
        ax.get_legend().remove()
    places[-1].legend(loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False, fontsize=9, labelcolor=plots.INK)
    return Panel(
        "added", figure,
        f"A circuit that copies is searched for beside a bigram core of {100 * metrics['core share']:g} % of the "
        "weights: on tokens that follow an earlier token of the window as they did the last time, where bigrams guess "
        "another (left). Where copying errs: the same, but something else follows. Without a core, as many weights as "
        f"core and circuit together. Bands: 95 % over seeds, at {100 * metrics['judged']:g} %; elsewhere one seed.",
    )  # fmt: skip


def _location(metrics: Mapping[str, Any]) -> Panel:
    places = {
        f"{name}\n{seed}": place
        for name in ("core", "circuit")
        for seed, place in enumerate(metrics["location"][name], start=1)
    }
    return Panel(
        "circuit_location", stacked(places),
        "Where the weights of each bigram core lie, and those of the circuit that was found beside it, at the size "
        "that is judged.",
    )  # fmt: skip


def _over(tolds: Sequence[Mapping[str, float]], what: str) -> Interval:
    return over_seeds([told[what] for told in tolds])


__all__ = ["CONTROLS", "NAMES", "panels"]
