"""The figures of `bigrams/necessity`."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.bigrams.overlap.dots import dots
from interp.report import Panel
from interp.stats import Interval, over_seeds

NAMES = {
    "bigram": "bigram subnetwork", "optimal": "best pruning", "count": "random, as many weights",
    "magnitude": "random, equal magnitudes", "top": "largest weights",
}  # fmt: skip
"""What the kinds of masks are called in figures."""
CONTROLS = tuple(NAMES[kind] for kind in ("count", "magnitude", "top"))
FILLS = {"zero": "set to 0", "mean": "set to the mean of their matrix", "resample": "drawn from their matrix"}


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """From what `run` returned or its JSON."""
    return (_losses(metrics), _repetition(metrics))


def _losses(metrics: Mapping[str, Any]) -> Panel:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(15.0, 6.2), layout="constrained")
    places = figure.subplots(2, len(FILLS), sharey=True)
    full, empty = metrics["full"]["loss"][0], metrics["empty"]["loss"]
    for row, (way, what) in enumerate((("ablated", "gone"), ("alone", "alone"))):
        for ax, (fill, words) in zip(places[row], FILLS.items(), strict=True):
            values = {NAMES[kind]: over_seeds([one[0] for one in metrics["kinds"][kind][way][fill]]) for kind in NAMES}
            rest = "they are" if way == "ablated" else "the others are"
            dots(
                ax, values, controls=CONTROLS,
                levels={"full model": full, "no weights": empty[fill][0]} if way == "alone" else {"full model": full},
                xlabel="next-token loss (nats)" if row else "", title=f"{what}: {rest} {words}",
            )  # fmt: skip
    return Panel(
        "ablation", figure,
        "Next-token loss on held-out text without a subnetwork (above) and with nothing but it (below), whatever is "
        "gone being filled in three ways. Lines: 95 % over masks.",
    )  # fmt: skip


def _repetition(metrics: Mapping[str, Any]) -> Panel:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.6, 3.6), layout="constrained")
    values: dict[str, Interval] = {
        f"without {NAMES[kind]}": over_seeds(metrics["kinds"][kind]["top share"]) for kind in NAMES
    }
    values["bigram subnetwork alone"] = over_seeds(metrics["alone"]["top share"])
    dots(
        figure.subplots(), values, controls=[f"without {name}" for name in CONTROLS],
        levels={"full model": metrics["full"]["top share"], "the text itself": metrics["text"]["top share"]},
        xlabel="share of the commonest token in a continuation", title="What the model writes, temperature 0.3",
    )  # fmt: skip
    return Panel(
        "repetition", figure,
        "The share of a continuation that is its commonest token: 1 is one token repeated. Weights are set to 0. "
        "Lines: 95 % over masks.",
    )  # fmt: skip


__all__ = ["NAMES", "panels"]
