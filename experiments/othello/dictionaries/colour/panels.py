"""Figures of which squares latents tell: maps by depth, counts by threshold, and where on the board."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.othello.dictionaries.colour.claims import STRICT, strict_maps
from experiments.othello.dictionaries.colour.hits import OTHER, THRESHOLDS
from experiments.othello.dictionaries.colour.measure import SHUFFLED
from experiments.othello.dictionaries.kinds import FIRST, PUBLISHED, RANDOM, SECOND
from experiments.othello.places import RIM, RING
from interp import plots
from interp.report import Panel

if TYPE_CHECKING:
    import matplotlib.axes


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """Maps, counts, parts of the board."""
    return (_maps(metrics), _counts(metrics), _parts(metrics))


def _maps(metrics: Mapping[str, Any]) -> Panel:
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    rows = {"trained, two seeds": [FIRST, SECOND], "random weights": [RANDOM], "published kind": [PUBLISHED]}
    maps = {title: strict_maps(metrics["sets"], names).sum(0) for title, names in rows.items()}
    depths, side = len(metrics["sets"][FIRST]), metrics["size"]
    limit = max(1.0, *(float(one.max()) for one in maps.values()))
    # The layout forgets the titles of the first row: leave room for them.
    layout = ConstrainedLayoutEngine(rect=(0, 0, 1, 0.96))
    figure = Figure(figsize=(2.3 * depths, 2.7 * len(rows)), layout=layout)
    for axes, (title, names) in zip(figure.subplots(len(rows), depths, squeeze=False), rows.items(), strict=True):
        for depth, ax in enumerate(axes):
            counts = maps[title][depth]
            plots.board_map(counts.reshape(side, side).astype(float), ax, limits=(0.0, limit), form=".0f")
            ax.images[0].colorbar.remove()  # every number stands in its cell
            ax.set_title(
                f"depth {depth}: {counts.sum()} of {metrics['top'] * len(names)}", fontsize=9, loc="left", y=1.1
            )
        axes[0].set_ylabel(title, fontsize=10, color=plots.INK)
    return Panel(
        "colour_maps", figure,
        f"Of the {metrics['top']} best triples (latent, square, class) of each dictionary, those with an AUROC of "
        f"{STRICT} for whether the square is empty, mine or theirs, counted on their square. Triples are chosen on "
        "half of the games and counted on the other half. The published kind is the one of Du et al.",
    )  # fmt: skip


def _counts(metrics: Mapping[str, Any]) -> Panel:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13.5, 6.4), layout="constrained")
    hits, found = figure.subplots(2, len(THRESHOLDS), sharey="row", sharex=True)
    for column, threshold in enumerate(THRESHOLDS):
        _lines(metrics, hits[column], threshold, "hits")
        hits[column].set_title(f"AUROC {threshold} or more", fontsize=11, loc="left", fontweight="bold")
        _lines(metrics, found[column], threshold, "found")
        found[column].set_xlabel("depth (blocks applied)", fontsize=10)
        for ax in (hits[column], found[column]):
            if column < len(THRESHOLDS) - 1:
                ax.get_legend().remove()
    # Axes of a row share their limits, so that the first one would fix those of the others.
    hits[0].set_ylim(0, 1.04 * metrics["top"])
    found[0].set_ylim(0, 1.04 * metrics["pairs"]["all"])
    hits[0].set_ylabel(f"of the {metrics['top']} best triples")
    found[0].set_ylabel(f"pairs found, of {metrics['pairs']['all']}")
    return Panel(
        "colour_counts", figure,
        "Above: how many of a dictionary's best triples reach each threshold on other games than they were chosen on. "
        "Below: for how many of all pairs (square, class) its best latent does. Bands span two seeds. Du et al. write "
        "0.7, their code asks for 0.9. Controls: random weights, boards of other games at the same ply, and random "
        "directions that fire as often, at one depth.",
    )  # fmt: skip


def _lines(metrics: Mapping[str, Any], ax: "matplotlib.axes.Axes", threshold: str, what: str) -> None:
    def numbers(name: str) -> np.ndarray:
        return np.array([_number(one, threshold, what) for one in metrics["sets"][name]], np.float64)

    seeds = np.array([numbers(FIRST), numbers(SECOND)])
    lines = {"trained": plots.Curve(seeds.mean(0), seeds.min(0), seeds.max(0)), PUBLISHED: _bare(numbers(PUBLISHED))}
    controls: dict[str, plots.Curve | float] = {name: _bare(numbers(name)) for name in (RANDOM, SHUFFLED)}
    depths = range(seeds.shape[1])
    plots.by_depth(depths, lines, ax, controls=controls, xlabel="")
    alone = metrics["directions"]
    ax.plot(alone["depth"], _number(alone, threshold, what), "x", color=plots.GREYS[0], label="random directions")
    known, _ = ax.get_legend_handles_labels()
    ax.legend(handles=known, loc="upper left", bbox_to_anchor=(1.01, 1.02), frameon=False, fontsize=9)


def _parts(metrics: Mapping[str, Any]) -> Panel:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.6, 6.6), layout="constrained")
    shares, squares = metrics["shares"], metrics["size"] ** 2
    titles = {RIM: "On corners and edges", RING: "On the twelve squares around the centre"}
    for ax, (part, title) in zip(figure.subplots(2, 1), titles.items(), strict=True):
        lines = {name: plots.curve([one[part] for one in shares[name]]) for name in ("trained", PUBLISHED)}
        controls: dict[str, plots.Curve | float] = {
            "random weights, all best triples": plots.curve([one[part] for one in shares[RANDOM]]),
            "share of squares": metrics["parts"][part] / squares,
        }
        plots.by_depth(range(len(shares["trained"])), lines, ax, controls=controls, percent=True,
                       ylabel="share of hits", title=title)  # fmt: skip
        ax.set_ylim(-0.02, 1.02)
    return Panel(
        "colour_parts", figure,
        f"Where the hits of the maps lie (AUROC {STRICT}, other games than they were chosen on). A gap: no hit. Random "
        f"weights have few, so all their {metrics['top']} best triples are shown. Bands are 95 % over squares.",
    )  # fmt: skip


def _number(one: Mapping[str, Any], threshold: str, what: str) -> int:
    found = one[what][threshold][OTHER]
    return sum(found) if what == "hits" else found


def _bare(values: np.ndarray) -> plots.Curve:
    return plots.Curve(values, values, values)


__all__ = ["panels"]
