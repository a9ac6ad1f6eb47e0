"""The figures of the board-game metrics: the board, and legal moves, each by coverage and by reconstruction."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from experiments.othello.dictionaries import kinds
from experiments.othello.dictionaries.board_game import published
from experiments.othello.dictionaries.board_game.labels import BOARD, LEGAL
from experiments.othello.dictionaries.board_game.seen import NEURONS, PROBE, RANDOM_NEURONS
from interp import plots
from interp.report import Panel

if TYPE_CHECKING:
    import matplotlib.axes

_NAMES = {
    kinds.FIRST: "dictionary (TopK)",
    NEURONS: "MLP neurons",
    PROBE: "probe of the board",
    kinds.PUBLISHED: "dictionary (Du et al.)",
}
_CONTROLS = {kinds.RANDOM: "dictionary, random weights", RANDOM_NEURONS: "neurons, random weights"}
_TITLES = {"coverage": "What the best single latent says", "reconstruction": "What reliable latents say together"}
_PAPER = {
    (BOARD, "coverage"): {kinds.FIRST: published.COVERAGE, NEURONS: published.NEURON_COVERAGE},
    (BOARD, "reconstruction"): {kinds.FIRST: published.RECONSTRUCTION, NEURONS: published.NEURON_RECONSTRUCTION},
    (LEGAL, "coverage"): {kinds.FIRST: published.LEGAL_COVERAGE},
    (LEGAL, "reconstruction"): {kinds.FIRST: published.LEGAL_RECONSTRUCTION},
}
_SOURCE = (
    "Dotted, in the same colour: Karvonen et al. 2024 with 8 blocks and width 512, from the results saved with their "
    "code. Latents and thresholds are chosen on other games."
)


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """The board and then legal moves, from what `measure` gives, before or after JSON."""
    return (
        Panel(
            "board_game", _figure(metrics["sets"], BOARD),
            "Mine and theirs on every square. Coverage is the mean over labels of the best latent's F1; reconstruction "
            f"the F1 of all latents that are right 95 % of the time when they fire. {_SOURCE}",
        ),
        Panel(
            "legal_moves", _figure(metrics["sets"], LEGAL),
            "The same for the moves that are legal next. The probe was fitted to the board, not to legal moves: it "
            f"shows what knowing the discs alone gives. {_SOURCE}",
        ),
    )  # fmt: skip


def _figure(sets: Mapping[str, Any], question: str) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.6, 6.8), layout="constrained")
    for ax, measure in zip(figure.subplots(2, 1), _TITLES, strict=True):
        _draw(ax, sets, question, measure)
    return figure


def _draw(ax: "matplotlib.axes.Axes", sets: Mapping[str, Any], question: str, measure: str) -> None:
    """One measure by depth; the axis reaches to the papers' last depth."""
    paper = _PAPER[question, measure]
    length = max(len(sets[kinds.FIRST][question][measure]), 9)

    def lines(names: Mapping[str, str]) -> dict[str, plots.Curve]:
        found = {}
        for name, label in names.items():
            own = sets[name][question][measure]
            found[label] = plots.curve([*own, *[None] * (length - len(own))])
        return found

    plots.by_depth(range(length), lines(_NAMES), ax, controls=lines(_CONTROLS), ylabel=f"{measure} (F1)",
                   title=f"{_TITLES[measure]}: {_ABOUT[question]}")  # fmt: skip
    ax.set_ylim(0, 1.03)
    for name, values in paper.items():
        colour = plots.COLOURS[list(_NAMES).index(name)]
        ax.plot(range(1, 1 + len(values)), values, color=colour, linestyle=(0, (1, 1.5)), linewidth=1.3, marker=".",
                markersize=4, label="_published")  # fmt: skip


_ABOUT = {BOARD: "the board", LEGAL: "legal moves"}

__all__ = ["panels"]
