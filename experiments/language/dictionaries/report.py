"""The figures of the report."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from interp import plots
from interp.report import Panel
from interp.stats import Interval


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """Reconstruction, loss, density, labels and the twin."""
    trained, random = metrics["trained"], metrics["random"]
    depths = np.arange(len(trained["explained"]))
    explained = plots.by_depth(
        depths, {"trained": plots.curve(trained["explained"])}, percent=True,
        controls={
            "random weights": plots.curve(random["explained"]),
            "random directions": plots.curve([_sure(value) for value in trained["untrained"]]),
        },
        ylabel="explained variance", title="What a dictionary rebuilds, by depth",
    )  # fmt: skip
    kept = [_sure(one["recovered"]) for one in trained["loss"]]
    loss = plots.by_depth(
        depths, {"dictionary": plots.curve(kept)}, controls={"mean ablation": 0.0, "untouched": 1.0}, percent=True,
        ylabel="cross-entropy recovered", title="What the model can still do with it",
    )  # fmt: skip
    return (
        Panel("explained", explained.figure, "Variance about the mean that the saved dictionaries explain on documents "
              "that neither they nor the model were trained on, with 95 % intervals over documents. A model with "
              "random weights has activations of its own, easier or harder; random directions with as many active "
              "latents are what a dictionary is without training."),
        Panel("recovered", loss.figure, "The share of the next-token loss that replacing the residual stream by its "
              "mean would cost, and that the reconstruction keeps. 1 is the model as it is."),
        Panel("density", _density(trained, random).figure, "How often latents fire, at the middle depth, on a "
              "logarithmic scale. Those that never fired on these rows are counted in the legend, not drawn."),
        Panel("labels", _labels(trained["labels"]).figure, "The F1 of the best latent of the middle depth for each of "
              "the commonest tokens, here and next: chosen on one half of the documents, reported on the other. The "
              "controls were chosen and reported in the same way."),
        Panel("twin", _twin(trained["twin"]).figure, "Decoder directions of two dictionaries that differ in their seed "
              "only, matched one to one, beside the same after a random rotation of one of them."),
    )  # fmt: skip


def _sure(value: float) -> Interval:
    """A number without an interval, where a curve wants one."""
    return Interval(value, value, value, 1)


def _density(trained: Mapping[str, Any], random: Mapping[str, Any]) -> Any:
    middle, edges = len(trained["fired"]) // 2, np.linspace(-5, 0, 41)
    lines = {}
    for name, found in (("trained", trained), ("random weights", random)):
        share = np.array(found["fired"][middle]) / found["rows"][middle]
        counts, _ = np.histogram(np.log10(share[share > 0]), bins=edges)
        lines[f"{name} ({int((share == 0).sum())} silent)"] = _bare(counts)
    (name, line), *controls = lines.items()
    return plots.curves(
        (edges[1:] + edges[:-1]) / 2, {name: line}, controls=dict(controls),
        xlabel="log10 of the share of rows in which a latent fires", ylabel="latents", title="How often latents fire",
    )  # fmt: skip


def _labels(found: Mapping[str, Any]) -> Any:
    controls = {
        "random direction": found["random"],
        "shuffled labels": found["shuffled"],
        "always": found["always"],
    }
    best = [interval[0] for interval in found["f1"]]
    return _ranks("best latent", best, controls, "F1", "labels", "Which tokens have a latent")


def _twin(found: Mapping[str, Any]) -> Any:
    controls = {"rotated": found["control"]}
    return _ranks("twins", found["cosine"], controls, "cosine", "pairs", "Dictionaries of two seeds")


def _ranks(
    name: str, values: Sequence[float], controls: Mapping[str, Sequence[float]], ylabel: str, things: str, title: str
) -> Any:
    """Each sorted on its own, the best first."""
    places = np.linspace(0, 1, 101)

    def sorted_at(column: Sequence[float]) -> plots.Curve:
        ordered = np.sort(np.nan_to_num(np.array(column, np.float64)))[::-1]
        return _bare(np.interp(places, np.linspace(0, 1, len(ordered)), ordered))

    return plots.curves(
        places, {name: sorted_at(values)}, controls={rival: sorted_at(column) for rival, column in controls.items()},
        xlabel=f"share of {things}, best first", ylabel=ylabel, title=title,
    )  # fmt: skip


def _bare(values: Any) -> plots.Curve:
    """A line without a band."""
    line = np.asarray(values, np.float64)
    return plots.Curve(line, line, line)


__all__ = ["panels"]
