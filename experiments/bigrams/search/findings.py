"""What the paper claims of sizes and places, with criteria committed before the records that they judge."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import isfinite
from typing import Any

from experiments.bigrams.criteria import highest, plurality
from experiments.bigrams.places import first_mlp, runner_up, values_and_outputs
from experiments.bigrams.search.measure import points_of
from experiments.judging import at_paper_scale, entry, sure
from interp.findings import Finding, Measurement, Verdict
from interp.stats import Interval, over_seeds
from interp.subnetworks.selection import Point, r_at, size_for

_PATH = "bigrams/search"
_PAPER = "Chang and Bergen 2025 (arXiv 2504.15471)"
LEAST = 0.946
"""The lowest correlation of a subnetwork that the paper selects (table 1)."""
PLATEAU = 0.01
"""How near to the best correlation of its curve a mask has reached the plateau."""


def _exists(m: Measurement) -> Verdict:
    """Every seed beats the full model and all controls; reproduced from .95 on, the paper's headline."""
    if m.value.low <= m.control.high:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low >= 0.95 else Verdict.DIRECTION


def _sparse(m: Measurement) -> Verdict:
    """The chosen mask beats random ones; reproduced with the paper's correlation and 8.52 % of the weights at most.

    A direction when it keeps less than half of what no penalty keeps.
    """
    if m.value.low <= m.control.high or m.extra["share"] >= m.extra["share without penalty"] / 2:
        return Verdict.NOT_REPRODUCED
    as_published = m.value.value >= LEAST and m.extra["share"] <= 0.0852
    return Verdict.REPRODUCED if as_published else Verdict.DIRECTION


def _same_count(m: Measurement) -> Verdict:
    """Sizes at the plateau differ less than the models do; reproduced when they are nearer to one count than to one
    share of the weights."""
    if m.value.high >= m.control.low:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.high**2 <= m.control.low else Verdict.DIRECTION


def _tiny(m: Measurement) -> Verdict:
    """The chosen mask keeps less than 0.2 % of the weights and beats random ones with the paper's correlation."""
    kept = m.value.value >= LEAST and m.value.low > m.control.high
    return Verdict.REPRODUCED if kept and m.extra["share"] < 0.002 else Verdict.NOT_REPRODUCED


def _falls(m: Measurement) -> Verdict:
    """The full model's correlation falls from the smallest to the largest model, more than the best masks' does."""
    if m.value.low <= max(0.0, m.control.high):
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.extra["falls at every step"] else Verdict.DIRECTION


def _outputs(m: Measurement) -> Verdict:
    """More than its part over seeds; reproduced when it is also more than of the largest weights."""
    if m.value.low <= m.extra["uniform"]:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low > m.control.high else Verdict.DIRECTION


FINDINGS = (
    Finding(
        id="bigram-1",
        claim="A part of the weights makes bigram predictions as the full model does not (correlation of surprisals)",
        source=f"{_PAPER}, figure 1: .961 to .987, full models .582 to .737",
        paper_value=0.961,
        scale="S",
        measured_by=_PATH,
        control="the best of full model, empty mask, random masks matched in count and magnitude, largest weights",
        criterion=_exists,
    ),
    Finding(
        id="bigram-2",
        claim="A sparse part is nearly as good as the best: the sparsest within .04 of the one without penalty",
        source=f"{_PAPER}, table 1 and A.3: .946 to .962 with 0.1 % to 8.5 % of the weights",
        paper_value=0.953,
        scale="S",
        measured_by=_PATH,
        control="random masks with as many weights in each matrix",
        criterion=_sparse,
    ),
    Finding(
        id="bigram-3",
        claim="The plateau is reached at one number of weights, whatever the size of the model (largest over smallest)",
        source=f"{_PAPER}, section 3.2 and figure 1: about 10 million",
        paper_value="about 10 million weights in all models",
        scale="S?",
        measured_by=_PATH,
        control="the same ratio of the sizes of the models",
        criterion=_same_count,
    ),
    Finding(
        id="bigram-4",
        claim="In large models less than 0.2 % of the weights are enough (correlation of the chosen mask)",
        source=f"{_PAPER}, table 1: Pythia 1B 0.171 %, GPT-2 large 0.103 %",
        paper_value=0.959,
        scale="F",
        measured_by=_PATH,
        control="random masks with as many weights in each matrix",
        criterion=at_paper_scale(_tiny),
    ),
    Finding(
        id="bigram-5",
        claim="More of its weights are in the MLP of the first block than in any other MLP or attention",
        source=f"{_PAPER}, section 4.2",
        paper_value="plurality",
        scale="S",
        measured_by=_PATH,
        control="the largest other share",
        criterion=plurality,
        unit="%",
    ),
    Finding(
        id="bigram-16",
        claim="Larger full models are further from bigrams (fall of the correlation from the smallest to the largest)",
        source=f"{_PAPER}, figure 1: Pythia 70M .737 to 1B .632, GPT-2 .624 to .583",
        paper_value=0.105,
        scale="S?",
        measured_by=_PATH,
        control="fall of the best masks' correlation",
        criterion=_falls,
    ),
    Finding(
        id="bigram-17",
        claim="Within attention its weights are in values and outputs rather than in queries and keys",
        source=f"{_PAPER}, section 4.2: Pythia 1B 11.6 % against 6.3 % of all (by a split that mixes q, k and v)",
        paper_value=0.648,
        scale="S",
        measured_by=_PATH,
        control="the same share of the largest weights of the model",
        criterion=_outputs,
        unit="%",
    ),
)


def measured(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Value, control and further numbers of each claim, from what `measure` told."""
    cores, rivals = metrics["core"], metrics["controls"]
    others = {name: over_seeds([one["r"][0] for one in found]) for name, found in rivals.items()}
    whole = {"full model": metrics["full"]["r"], "empty": metrics["empty"]["r"]}
    core = over_seeds([one["r"][0] for one in cores])
    levels = {name.replace(" ", "_"): interval[0] for name, interval in {**whole, **others}.items()}
    found = {
        "bigram-1": entry(core, highest({**whole, **others}), share=cores[0]["share"], **levels),
        "bigram-2": _chosen(metrics),
        "bigram-4": _chosen(metrics),
    }
    placed = [one["place"] for one in cores]
    largest = [one["place"] for one in rivals["largest weights of the model"]]
    found["bigram-5"] = entry(
        over_seeds([first_mlp(place) for place in placed]), over_seeds([runner_up(place) for place in placed]),
        uniform=first_mlp(placed[0]["uniform"]), of_the_largest_weights=first_mlp(largest[0]),
        all_MLPs=over_seeds([sum(place["mlp"]) for place in placed]).value,
    )  # fmt: skip
    found["bigram-17"] = entry(
        over_seeds([values_and_outputs(place) for place in placed]),
        over_seeds([values_and_outputs(place) for place in largest]),
        uniform=values_and_outputs(placed[0]["uniform"]), attention=1 - sum(placed[0]["mlp"]),
    )  # fmt: skip
    return {**found, **_ladder(metrics)}


def _chosen(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """The mask that the published rule chooses, beside random ones; and the exact size beside the curve there."""
    curve, place = metrics["curve"], metrics["chosen"]["place"]
    one, first = curve[place], next(one for one in curve if one["lam"] == 0)
    core = over_seeds([found["r"][0] for found in metrics["core"]]).value
    there = r_at(_kept(points_of(curve)), metrics["core"][0]["size"])
    beside = {"exact_size_minus_curve": core - there} if isfinite(there) else {}
    return entry(
        one["r"], over_seeds([found["r"][0] for found in metrics["chosen"]["random"]]),
        share=one["share"], lam=one["lam"], share_without_penalty=first["share"], r_without_penalty=first["r"][0],
        **beside,
    )  # fmt: skip


def _ladder(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Claims about models of several sizes; nothing with fewer than three."""
    own = {"model": metrics["model"], "weights": metrics["weights"], "full": metrics["full"], "curve": metrics["curve"]}
    models = sorted([own, *metrics["ladder"]], key=lambda one: int(one["weights"]))
    if len(models) < 3:
        return {}
    full = [Interval(*one["full"]["r"]) for one in models]
    best = [max((Interval(*found["r"]) for found in one["curve"]), key=lambda r: r.value) for one in models]
    found = {
        "bigram-16": entry(
            _fall(full), _fall(best), models=len(models),
            falls_at_every_step=all(b.value < a.value for a, b in pairwise(full)),
        ),
    }  # fmt: skip
    sizes = [_plateau(_kept(points_of(one["curve"]))) for one in models]
    if all(map(isfinite, sizes)):
        weights = [float(one["weights"]) for one in models]
        ratio, control = (max(numbers) / min(numbers) for numbers in (sizes, weights))
        found["bigram-3"] = entry(sure(ratio), sure(control), models=len(models), smallest=min(sizes))
    return found


def _fall(rs: Sequence[Interval]) -> Interval:
    """From first to last, as wide as the two together: the text is the same, so this is wider than it need be."""
    first, last = rs[0], rs[-1]
    return Interval(first.value - last.value, first.low - last.high, first.high - last.low, first.n)


def _plateau(points: Sequence[Point]) -> float:
    return size_for(points, max(point.r for point in points) - PLATEAU)


def _kept(points: Sequence[Point]) -> list[Point]:
    """Those that keep a weight at all: a size of 0 has no logarithm."""
    return [point for point in points if point.size]


__all__ = ["FINDINGS", "LEAST", "PLATEAU", "measured"]
