"""What the paper claims of function tokens and latents, with criteria committed before the records that they judge."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.function_tokens.criteria import PAPER, above_control, below_control
from experiments.function_tokens.graph.places import Places
from experiments.judging import entry, sure
from interp.findings import Finding, Measurement, Verdict
from interp.jackknife import jackknife
from interp.stats import Interval

_PATH = "function_tokens/graph"
ALPHA, SPREAD, NEXT = "alpha", "spread of function tokens", "spread of the next most frequent"
R, LARGEST = "r", "share of alive latents that one token reaches"
CONTENT, NULL = "ten content tokens", "expected at function tokens"
ONCE, UNTRAINED = "difference once a document", "difference in the untrained model"
TOP = 10
"""Tokens at which coverage is judged, as in the paper's table 1."""


def _few_tokens(m: Measurement) -> Verdict:
    """50 to 150, as expected of vocabularies of 4,000 to 32,000; or at least fewer than in random order."""
    if m.value.high >= m.control.low:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low >= 50 and m.value.high <= 150 else Verdict.DIRECTION


def _spread(m: Measurement) -> Verdict:
    """Frequency goes with documents (.8 or more) and falls as Zipf's law has it (alpha .7 to 1.4).

    Occurrences scattered at random would go together even better, so that this alone is a direction. Reproduced when
    function tokens are spread more evenly over documents, for their frequency, than the next most frequent tokens.
    """
    if m.value.low < 0.8 or not 0.7 <= m.extra[ALPHA] <= 1.4:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.extra[SPREAD] > m.extra[NEXT] else Verdict.DIRECTION


def _degree_grows(m: Measurement) -> Verdict:
    """Reproduced when it grows faster than occurrences alone make it; a direction when it grows along a line at all.

    Where one token reaches nine tenths of all latents that are alive, there is no room to grow.
    """
    if m.value.low <= 0 or m.extra[R] < 0.8 or m.extra[LARGEST] >= 0.9:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low > m.control.high else Verdict.DIRECTION


def _coverage(m: Measurement) -> Verdict:
    """Reproduced when ten tokens reach more than as many occurrences would by chance.

    A direction when they reach half of the latents and more than ten content tokens, as frequent tokens must.
    """
    if m.value.low > m.control.high:
        return Verdict.REPRODUCED
    return Verdict.DIRECTION if m.value.low >= max(0.5, m.extra[CONTENT]) else Verdict.NOT_REPRODUCED


def _middle_highest(m: Measurement) -> Verdict:
    """The middle above both others for sure, and by more than chance has it; a direction without the first."""
    if m.value.value <= max(0.0, m.control.value):
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low > max(0.0, m.control.value) else Verdict.DIRECTION


def _reach_more(m: Measurement) -> Verdict:
    """Function tokens above content tokens at equal occurrences, and still so with one occurrence a document."""
    return above_control(m) if m.extra[ONCE] > 0 else Verdict.NOT_REPRODUCED


FINDINGS = (
    Finding(
        id="function-1",
        claim="A few tokens make 40 % of a text",
        source=f"{PAPER}, section 2.2 and appendix D: 122 tokens of a vocabulary of 128,000",
        paper_value=122.0,
        scale="S",
        measured_by=_PATH,
        control="tokens taken in random order until they make 40 %",
        criterion=_few_tokens,
    ),
    Finding(
        id="function-2",
        claim="Frequency falls as Zipf's law has it, and frequent tokens are in most documents (rank correlation)",
        source=f"{PAPER}, section 2.2 and figure 3, plots without a number",
        paper_value="strong",
        scale="S",
        measured_by=_PATH,
        control="occurrences scattered at random over the text, in closed form",
        criterion=_spread,
    ),
    Finding(
        id="function-3",
        claim="The latents that a token reaches grow with how often it occurs, as a power law (exponent)",
        source=f"{PAPER}, section 3.1 and figure 5, plots without a fit",
        paper_value="a power law",
        scale="S",
        measured_by=_PATH,
        control="the degrees that the same occurrences would have if latents knew nothing of tokens",
        criterion=_degree_grows,
    ),
    Finding(
        id="function-4",
        claim="Ten function tokens reach most latents (share of those alive, at the middle depth)",
        source=f"{PAPER}, table 1, layer 20 of Gemma-2-9B; judged against chance and not against this number",
        paper_value=0.7646,
        scale="S",
        measured_by=_PATH,
        control="token labels shuffled over all positions",
        criterion=_coverage,
        unit="%",
    ),
    Finding(
        id="function-5",
        claim="Ten function tokens reach most in the middle of the model (middle less the higher of shallow and deep)",
        source=f"{PAPER}, table 1: 76.5 % at layer 20, 48.5 % at 9 and 68.3 % at 31",
        paper_value=0.0819,
        scale="S?",
        measured_by=_PATH,
        control="the same difference of what chance would reach",
        criterion=_middle_highest,
        unit="%",
    ),
    Finding(
        id="function-6",
        claim="At every depth ten function tokens reach fewer latents than chance has it (excess where it is largest)",
        source="a control that the paper lacks; its own table lies below what independent latents would give",
        paper_value=None,
        scale="S",
        measured_by=_PATH,
        control="single shufflings of the token labels, less their mean",
        criterion=below_control,
        unit="%",
    ),
    Finding(
        id="function-7",
        claim="At equal occurrences a function token reaches more latents than a content token",
        source=f"a control that {PAPER} lacks; it follows from its section 3.1 if that is more than frequency",
        paper_value=None,
        scale="S",
        measured_by=_PATH,
        control="content tokens at as many occurrences",
        criterion=_reach_more,
    ),
    Finding(
        id="function-8",
        claim="Ten function tokens reach more latents of a trained model than of an untrained one",
        source="a control that the paper lacks: dictionaries of a model with random weights, of the same budget",
        paper_value=None,
        scale="S",
        measured_by=_PATH,
        control="the model with random weights",
        criterion=above_control,
        unit="%",
    ),
)  # fmt: skip


def measured(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Value, control and further numbers of each claim, from what `measure` told."""
    trained, places = metrics["trained"], Places(**metrics["places"])
    middle = trained[places.middle]
    depth = middle["depth"]
    untrained = next((one for one in metrics["untrained"] if one["depth"] == depth), None)
    found = {
        **_of_text(metrics["text"]), "function-3": _degrees(middle, untrained), "function-4": _ten(middle),
        "function-6": _excess(trained, metrics["untrained"]),
    }  # fmt: skip
    if len({trained[place]["depth"] for place in places}) == len(places):
        found["function-5"] = _middle(trained, places)
    if middle["rarefaction"]["as they come"] and middle["rarefaction"]["once a document"]:
        found["function-7"] = _rarefied(middle, untrained)
    if untrained is not None:
        found["function-8"] = entry(
            at_ten(middle), at_ten(untrained), excess=excess(middle).value, excess_untrained=excess(untrained).value,
            alive_share=middle["alive share"], alive_share_untrained=untrained["alive share"],
        )  # fmt: skip
    return dict(sorted(found.items()))


def excess(one: Mapping[str, Any]) -> Interval:
    """Coverage by ten function tokens less that by chance, with the jackknife over documents."""
    parts = one["parts"]
    without = [real - chance for real, chance in zip(parts["frequency"], parts["null"], strict=True)]
    return jackknife(_ten_of(one, "frequency") - _ten_of(one, "null"), without)


def _of_text(text: Mapping[str, Any]) -> dict[str, Any]:
    sizes = {f"{one['name']}": one["size"] for one in text["choices"]}
    spread = text["spread"]
    extra = {
        ALPHA: text["zipf"]["least squares"]["alpha"], "alpha by maximum likelihood":
        text["zipf"]["maximum likelihood"]["alpha"], SPREAD: spread["function"], NEXT: spread["next most frequent"],
        "function tokens in few documents": text["scattered"],
    }  # fmt: skip
    return {
        "function-1": entry(text["size"], text["size in random order"], **sizes),
        "function-2": entry(text["correlation"], sure(text["correlation expected"]), **extra),
    }


def _degrees(one: Mapping[str, Any], untrained: Mapping[str, Any] | None) -> dict[str, Any]:
    found = one["degrees"]
    extra = {
        R: found["slope"]["r"], LARGEST: found["most"] / one["alive"], "rank slope": found["rank slope"]["slope"][0],
        "rank slope expected": found["rank slope expected"]["slope"][0],
    }  # fmt: skip
    if untrained is not None:
        extra["untrained"] = untrained["degrees"]["slope"]["slope"][0]
    return entry(found["slope"]["slope"], found["slope expected"]["slope"], **extra)


def _ten(one: Mapping[str, Any]) -> dict[str, Any]:
    chance, place = one["shuffled"]["positions"], _place(one)
    mean = chance["mean"][place]  # in closed form, which few draws may all lie above or below
    return entry(
        at_ten(one), [mean, min(mean, chance["low"][place]), max(mean, chance["high"][place]), 1],
        **{CONTENT: one["sets"]["ten content tokens"][0]}, of_all_latents=_ten_of(one, "all latents"),
        within_documents=one["shuffled"]["documents"]["mean"][place], alive_share=one["alive share"],
        all_function_tokens=one["coverage"]["frequency"][-1],
    )  # fmt: skip


def _middle(trained: Sequence[Mapping[str, Any]], places: Places) -> dict[str, Any]:
    three = [trained[place] for place in (places.middle, places.shallow, places.deep)]

    def gap(kind: str) -> Interval:
        value = _lead([_ten_of(one, kind) for one in three])
        return jackknife(value, [_lead(row) for row in zip(*(one["parts"][kind] for one in three), strict=True)])

    names = ("middle", "shallow", "deep")
    return entry(
        gap("frequency"), gap("null"),
        **{name: _ten_of(one, "frequency") for name, one in zip(names, three, strict=True)},
        **{f"excess {name}": excess(one).value for name, one in zip(names, three, strict=True)},
    )  # fmt: skip


def _lead(three: Sequence[float]) -> float:
    return three[0] - max(three[1:])


def _excess(trained: Sequence[Mapping[str, Any]], untrained: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Of the depths after a block; the embeddings know nothing but the token."""
    after = [one for one in trained if one["depth"]] or list(trained)
    worst = max(after, key=lambda one: excess(one).value)
    chance, place = worst["shuffled"]["positions"], _place(worst)
    mean = chance["mean"][place]
    extra = {f"depth {one['depth']}": excess(one).value for one in trained}
    extra |= {f"untrained, depth {one['depth']}": excess(one).value for one in untrained}
    extra["within documents"] = _ten_of(worst, "frequency") - worst["shuffled"]["documents"]["mean"][place]
    extra["within bands"] = _ten_of(worst, "frequency") - worst["shuffled"]["bands"]["mean"][place]
    low, high = min(0.0, chance["low"][place] - mean), max(0.0, chance["high"][place] - mean)
    return entry(excess(worst), [0.0, low, high, 1], **extra)


def _rarefied(one: Mapping[str, Any], untrained: Mapping[str, Any] | None) -> dict[str, Any]:
    """At the largest number of occurrences."""
    found, once = one["rarefaction"]["as they come"], one["rarefaction"]["once a document"]
    extra = {"occurrences": found["sizes"][-1], "any occurrences": found["any"][-1]}
    extra |= {"difference": found["difference"][-1][0], ONCE: once["difference"][-1][0]}
    extra |= {name: line[-1][0] for name, line in found["classes"].items() if name not in ("function", "content")}
    if untrained is not None and untrained["rarefaction"]["as they come"]:
        extra[UNTRAINED] = untrained["rarefaction"]["as they come"]["difference"][-1][0]
    return entry(found["classes"]["function"][-1], found["classes"]["content"][-1], **extra)


def at_ten(one: Mapping[str, Any]) -> Interval:
    """Coverage by ten function tokens, with the jackknife over documents."""
    return jackknife(_ten_of(one, "frequency"), one["parts"]["frequency"])


def _ten_of(one: Mapping[str, Any], kind: str) -> float:
    return float(one["coverage"][kind][_place(one)])


def _place(one: Mapping[str, Any]) -> int:
    """Where ten function tokens are in the points of a graph; the last where there are fewer."""
    points: list[int] = one["points"]
    return points.index(TOP) if TOP in points else len(points) - 1


__all__ = ["FINDINGS", "TOP", "at_ten", "excess", "measured"]
