"""What the panels of `function_tokens/graph` draw."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.function_tokens.graph.places import Places
from experiments.function_tokens.graph.ten import TOP, at_ten, by_chance, excess
from experiments.judging import sure
from interp import plots
from interp.stats import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, FigureBase

Metrics = Mapping[str, Any]


def text(metrics: Metrics) -> "Figure":
    """Share of the text and of the documents against rank."""
    found, size = metrics["text"], metrics["subject"]["function_tokens"]
    counts, fit = found["counts"], found["zipf"]["least squares"]
    figure, (left, right) = _row(2)
    plots.curves(
        counts["rank"], {"tokens": _line(counts["share"])}, left, xlabel="rank", ylabel="share of the text",
        controls={f"alpha {fit['alpha']:.2f}": _line(np.exp(fit["level"]) * np.array(counts["rank"]) ** -fit["alpha"])},
        title="Zipf's law",
    )  # fmt: skip
    plots.curves(
        counts["rank"], {"tokens": _line(counts["documents"])}, right, xlabel="rank", title="Documents", percent=True,
        ylabel="documents with the token",
    )  # fmt: skip
    for ax in (left, right):
        ax.set_xscale("log")
        ax.axvline(size + 0.5, color="#888888", linewidth=0.8)
        ax.legend(loc="lower left", frameon=False, fontsize=9)
    left.set_yscale("log")
    return figure


def degrees(metrics: Metrics) -> "Figure":
    """Degree against rank at three depths, and against occurrences at the middle one."""
    figure, (left, right) = _row(2)
    kept = _three(metrics)
    for one, colour in zip(kept, plots.COLOURS, strict=False):
        ranked = one["degrees"]["ranked"]
        left.plot(ranked["rank"], ranked["degree"], color=colour, label=f"depth {one['depth']}")
        alone = np.array(ranked["expected"])
        left.plot(ranked["rank"], np.where(alone > 0, alone, np.nan), color=colour, linestyle=plots.DASHES[0])
    left.plot([], [], color="#555555", linestyle=plots.DASHES[0], label="by chance")
    tokens = {name: np.array(values) for name, values in _middle(metrics)["degrees"]["tokens"].items()}
    for name, mask, place in (("function", tokens["function"], 1), ("content", ~tokens["function"], 0)):
        right.plot(
            tokens["count"][mask], tokens["degree"][mask], ".", color=plots.COLOURS[place], label=name, markersize=4
        )  # fmt: skip
    order = np.argsort(tokens["count"])
    right.plot(
        tokens["count"][order], tokens["expected"][order], color="#555555", linestyle=plots.DASHES[0], label="by chance"
    )  # fmt: skip
    _axes(left, "rank", "latents that a token reaches", "Degree against rank")
    _axes(right, "occurrences of the token", "", f"Degree against occurrences, depth {_middle(metrics)['depth']}")
    for ax in (left, right):
        ax.set_xscale("log")
        ax.set_yscale("log")
        ax.legend(frameon=False, fontsize=9)
    return figure


def coverage(metrics: Metrics) -> "Figure":
    """Cumulative coverage at three depths, in three orders, with the bands of shuffled labels."""
    kept = _three(metrics)
    figure, places = _row(len(kept), sharey=True)
    for ax, one in zip(places, kept, strict=True):
        curve, chance = one["curve"], one["shuffled"]
        count = np.arange(1, len(curve["frequency"]) + 1)
        greedy = [*curve["greedy"], *[curve["greedy"][-1]] * len(count)][: len(count)]
        random = [*one["random order"], *[np.nan] * len(count)][: len(count)]
        plots.curves(
            count, {"by frequency": _line(curve["frequency"]), "greedy": _line(greedy), "random order": _line(random)},
            ax, controls={f"shuffled, {name}": _band(chance[key]) for key, name in SHUFFLED.items()},
            xlabel="tokens", ylabel="latents reached, of those alive" if ax is places[0] else "", percent=True,
            title=f"Depth {one['depth']}",
        )  # fmt: skip
        ax.set_xscale("log")
        ax.set_ylim(0, 1.02)
        if ax is not places[-1]:
            _bare(ax)
    return figure


SHUFFLED = {"positions": "everywhere", "documents": "within documents", "bands": "within bands of positions"}
"""The nulls, and where labels are shuffled."""


def by_depth(metrics: Metrics) -> "Figure":
    """Coverage by ten tokens in a portion of the text at every depth, and how far it is from chance."""
    figure, (left, right) = _row(2, legends=2.4)
    trained, untrained = metrics["trained"], metrics["untrained"]
    depths = [one["depth"] for one in trained]
    plots.by_depth(
        depths, {"model": plots.curve([at_ten(one) for one in trained])}, left,
        controls={
            "by chance": _line([by_chance(one) for one in trained]),
            **_untrained(untrained, depths, lambda one: at_ten(one).value, "untrained model"),
            **_untrained(untrained, depths, by_chance, "untrained, by chance"),
        },
        ylabel=f"latents that {TOP} tokens reach", percent=True, title="Coverage",
    )  # fmt: skip
    plots.by_depth(
        depths, {"model": plots.curve([excess(one) for one in trained])}, right, percent=True,
        ylabel="latents reached, less those by chance", title="Excess over chance",
        controls={"nothing": 0.0, **_untrained(untrained, depths, lambda one: excess(one).value, "untrained model")},
    )  # fmt: skip
    return figure


def other_tokens(metrics: Metrics) -> "FigureBase":
    """Coverage by all function tokens beside other sets of tokens, at every depth."""
    trained = metrics["trained"]
    sets = [one["sets"] for one in trained]
    names = ("as many content tokens", "as much text of content tokens")
    lines = {"function tokens": _line([one["function"] for one in sets])}
    lines |= {name: plots.curve([one[name] for one in sets]) for name in names}
    matched = [one["matched"] for one in sets]
    if all(matched):
        lines["function tokens with a partner"] = plots.curve([one["function"] for one in matched])
        lines["their partners, as frequent"] = plots.curve([one["content"] for one in matched])
    return plots.by_depth(
        [one["depth"] for one in trained], lines, plots.axes(8.4, 3.8), ylabel="latents reached", percent=True,
        controls={"all function tokens, by chance": _line([one["coverage"]["null"][-1] for one in trained])},
        title="Function tokens and others",
    ).figure  # fmt: skip


def rarefaction(metrics: Metrics) -> "Figure | None":
    """Latents at equal occurrences, by class of token, at the middle depth; None where tokens are too rare."""
    found = _middle(metrics)["rarefaction"]
    if not all(found.values()):
        return None
    figure, places = _row(2, sharey=True)
    for ax, (name, one) in zip(places, found.items(), strict=True):
        plots.curves(
            one["sizes"], {kind: plots.curve(line) for kind, line in one["classes"].items()}, ax,
            controls={"any occurrences": _line(one["any"])}, xlabel="occurrences of a token",
            ylabel="latents reached" if ax is places[0] else "", title=name.capitalize(),
        )  # fmt: skip
    _bare(places[0])
    return figure


def sweep(metrics: Metrics) -> "Figure | None":
    """Dictionaries of other widths and sparsities: how much of each is alive, coverage, chance, and rarefaction."""
    found = metrics["sweep"]
    if not found:
        return None
    figure, (left, middle, right) = _row(3)
    x = list(range(len(found)))
    left.plot(x, [one["alive share"] for one in found], "^", color=plots.COLOURS[2])
    for label, values, marker, colour in (
        ("ten function tokens", [at_ten(one) for one in found], "o", plots.COLOURS[0]),
        ("by chance", [sure(by_chance(one)) for one in found], "x", plots.GREYS[0]),
    ):
        _bars(middle, x, values, marker, colour, label)
    gaps = {place: one["rarefaction"]["once a document"] for place, one in enumerate(found)}
    known = {place: Interval(*gap["difference"][-1]) for place, gap in gaps.items() if gap}
    _bars(right, list(known), list(known.values()), "s", plots.COLOURS[1])
    right.axhline(0, color="#888888", linewidth=0.8)
    _axes(left, "", "latents alive, of all", "Alive in the whole text")
    _axes(middle, "", "latents reached, of those alive", "Coverage in a portion")
    _axes(right, "", "latents, function less content", "Equal occurrences")
    middle.legend(frameon=False, fontsize=9, loc="lower left")
    for ax in (left, middle):
        ax.set_ylim(0, 1.05)
    for ax in (left, middle, right):
        ax.set_xticks(x, [f"{one['width']:,}\nk {one['k']}" for one in found])
    return figure


def _bars(
    ax: "Axes", x: Sequence[int], values: Sequence[Interval], marker: str, colour: str, label: str | None = None
) -> None:
    """Points with their intervals."""
    for place, one in zip(x, values, strict=True):
        ax.plot([place, place], [one.low, one.high], color=colour)
    ax.plot(x, [one.value for one in values], marker, color=colour, label=label)


def choices(metrics: Metrics) -> "Figure":
    """Other choices of function tokens: excess of coverage over chance, and the difference at rarefaction."""
    found = _middle(metrics)["choices"]
    figure, (left, right) = _row(2)
    y = np.arange(len(found))[::-1]
    left.plot([one["coverage"] - one["null"] for one in found], y, "o", color=plots.COLOURS[0])
    for one, place in zip(found, y, strict=True):
        if one["difference"]:
            value, low, high = one["difference"][:3]
            right.plot([low, high], [place, place], color=plots.COLOURS[1])
            right.plot(value, place, "s", color=plots.COLOURS[1])
    _axes(left, "coverage less by chance", "", "Coverage by all of them")
    _axes(right, f"latents at {found[0]['occurrences']} occurrences", "", "Function less content")
    for ax in (left, right):
        ax.axvline(0, color="#888888", linewidth=0.8)
        ax.set_yticks(y, [f"{one['name']}\n{one['size']} tokens" for one in found])
    return figure


def _middle(metrics: Metrics) -> Mapping[str, Any]:
    found: Mapping[str, Any] = metrics["trained"][Places(**metrics["places"]).middle]
    return found


def _three(metrics: Metrics) -> list[Mapping[str, Any]]:
    """Shallow, middle and deep, as far as they differ."""
    return [metrics["trained"][place] for place in sorted(set(Places(**metrics["places"])))]


def _untrained(untrained: Sequence[Any], depths: Sequence[int], number: Any, name: str) -> dict[str, plots.Curve]:
    known = {one["depth"]: number(one) for one in untrained}
    return {name: _line([known.get(depth, np.nan) for depth in depths])} if known else {}


def _line(values: Any) -> plots.Curve:
    return plots.Curve(*[np.asarray(values, np.float64)] * 3)


def _band(chance: Mapping[str, Any]) -> plots.Curve:
    return plots.Curve(*(np.array(chance[key]) for key in ("curve", "curve low", "curve high")))


def _row(count: int, sharey: bool = False, legends: float = 0.0) -> "tuple[Figure, list[Axes]]":
    """Axes side by side; `legends` are inches for legends beside one on the right."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2.6 + 3.6 * count + legends, 3.8), layout="constrained")
    return figure, list(figure.subplots(1, count, sharey=sharey, squeeze=False)[0])


def _axes(ax: "Axes", xlabel: str, ylabel: str, title: str) -> None:
    """The house style where nothing of `interp.plots` draws."""
    ax.set_xlabel(xlabel, fontsize=10, color=plots.INK)
    ax.set_ylabel(ylabel, fontsize=10, color=plots.INK)
    ax.set_title(title, fontsize=11, color=plots.INK, loc="left", fontweight="bold")
    ax.tick_params(labelsize=9, length=0, labelcolor=plots.INK)
    ax.grid(True, color=plots.FAINT, linewidth=0.7)
    ax.set_axisbelow(True)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)


def _bare(ax: "Axes") -> None:
    """Without its legend: axes beside it have the same lines."""
    legend = ax.get_legend()
    if legend is not None:
        legend.remove()


__all__ = ["by_depth", "choices", "coverage", "degrees", "other_tokens", "rarefaction", "sweep", "text"]
