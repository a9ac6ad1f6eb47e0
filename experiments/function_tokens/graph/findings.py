"""What the paper claims of function tokens and latents, with criteria committed before the records that they judge."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.function_tokens.criteria import PAPER, above_control, below_control
from experiments.function_tokens.graph.places import Places
from experiments.function_tokens.graph.ten import at_ten, by_chance, excess, of_whole, place, shufflings, whole
from experiments.judging import entry, sure
from interp.findings import Finding, Measurement, Verdict
from interp.stats import Interval, over_seeds

_PATH = "function_tokens/graph"
ALPHA, SPREAD, NEXT = "alpha", "spread of function tokens", "spread of the next most frequent"
R, LARGEST = "r", "share of alive latents that one token reaches"
CONTENT = "ten content tokens"
DIFFERENCE, ONCE, UNTRAINED = "difference", "difference once a document", "difference in the untrained model"
CHANCE, SLOPE_UNTRAINED = "by chance", "untrained"
SATURATED = 0.95
"""Where chance reaches so many latents, being below it or above another model says next to nothing."""


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
    """Reproduced when it grows faster than occurrences alone make it, and faster than in an untrained model.

    A direction when it grows along a line at all. Where one token reaches nine tenths of all latents that are alive,
    there is no room to grow.
    """
    if m.value.low <= 0 or m.extra[R] < 0.8 or m.extra[LARGEST] >= 0.9:
        return Verdict.NOT_REPRODUCED
    learned = m.value.low > m.extra.get(SLOPE_UNTRAINED, 0.0)
    return Verdict.REPRODUCED if learned and m.value.low > m.control.high else Verdict.DIRECTION


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


def _below_chance(m: Measurement) -> Verdict:
    """Below the range of shuffled labels; a direction at most where the dictionary is saturated."""
    return _at_most_direction(below_control(m)) if m.extra[CHANCE] >= SATURATED else below_control(m)


def _reach_more(m: Measurement) -> Verdict:
    """Function tokens above content tokens at equal occurrences, and still so with one occurrence a document.

    A direction at most when an untrained model has as large a difference, so that nothing had to be learned for it.
    """
    if m.extra[ONCE] <= 0:
        return Verdict.NOT_REPRODUCED
    learned = m.extra[DIFFERENCE] > m.extra.get(UNTRAINED, 0.0)
    return above_control(m) if learned else _at_most_direction(above_control(m))


def _above_untrained(m: Measurement) -> Verdict:
    """Above the untrained model; a direction at most where either dictionary is saturated."""
    return _at_most_direction(above_control(m)) if m.extra[CHANCE] >= SATURATED else above_control(m)


def _at_most_direction(verdict: Verdict) -> Verdict:
    return Verdict.DIRECTION if verdict is Verdict.REPRODUCED else verdict


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
        claim="Ten function tokens reach most latents (share of those alive in a tenth of the text, middle depth)",
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
        source="a control that the paper lacks",
        paper_value=None,
        scale="S",
        measured_by=_PATH,
        control="single shufflings of the token labels, less their mean",
        criterion=_below_chance,
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
        criterion=_above_untrained,
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
        found["function-8"] = _trained(middle, untrained)
    return dict(sorted(found.items()))


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
        extra[SLOPE_UNTRAINED] = untrained["degrees"]["slope"]["slope"][0]
    return entry(found["slope"]["slope"], found["slope expected"]["slope"], **extra)


def _ten(one: Mapping[str, Any]) -> dict[str, Any]:
    found = one["portions"]
    return entry(
        at_ten(one), shufflings(one), **{CONTENT: np.mean(found["content"])},
        events_of_a_latent_at_a_token=found["load"], alive_share=found["alive share"],
        **whole(one), whole_text_of_all_latents=of_whole(one, "all latents"),
        whole_text_within_documents=one["shuffled"]["documents"]["mean"][place(one)],
        whole_text_all_function_tokens=one["coverage"]["frequency"][-1],
    )  # fmt: skip


def _middle(trained: Sequence[Mapping[str, Any]], places: Places) -> dict[str, Any]:
    """The middle less the other depth that has more, portion by portion."""
    middle, *others = (trained[place] for place in (places.middle, places.shallow, places.deep))

    def gap(kind: str) -> Interval:
        other = max((one["portions"][kind] for one in others), key=np.mean)
        return over_seeds([a - b for a, b in zip(middle["portions"][kind], other, strict=True)])

    named = dict(zip(("middle", "shallow", "deep"), (middle, *others), strict=True))
    return entry(
        gap("frequency"), gap("null"), **{name: at_ten(one).value for name, one in named.items()},
        **{f"excess {name}": excess(one).value for name, one in named.items()},
        **{f"{name}, whole text": of_whole(one, "frequency") for name, one in named.items()},
    )  # fmt: skip


def _excess(trained: Sequence[Mapping[str, Any]], untrained: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Of the depths after a block; the embeddings know nothing but the token."""
    after = [one for one in trained if one["depth"]] or list(trained)
    worst = max(after, key=lambda one: excess(one).value)
    mean, low, high, draws = shufflings(worst)
    extra = {CHANCE: mean, **{f"depth {one['depth']}": excess(one).value for one in trained}}
    extra |= {f"untrained, depth {one['depth']}": excess(one).value for one in untrained}
    for kind in ("positions", "documents", "bands"):
        chance = worst["shuffled"][kind]["mean"][place(worst)]
        extra[f"whole text, within {kind}"] = of_whole(worst, "frequency") - chance
    return entry(excess(worst), [0.0, low - mean, high - mean, draws], **extra)


def _trained(one: Mapping[str, Any], untrained: Mapping[str, Any]) -> dict[str, Any]:
    extra = {CHANCE: max(by_chance(one), by_chance(untrained)), **whole(one)}
    extra |= {f"{name}, untrained": number for name, number in whole(untrained).items()}
    return entry(
        at_ten(one), at_ten(untrained), **extra, excess=excess(one).value, excess_untrained=excess(untrained).value,
        alive_share=one["portions"]["alive share"], alive_share_untrained=untrained["portions"]["alive share"],
    )  # fmt: skip


def _rarefied(one: Mapping[str, Any], untrained: Mapping[str, Any] | None) -> dict[str, Any]:
    """At the largest number of occurrences."""
    found, once = one["rarefaction"]["as they come"], one["rarefaction"]["once a document"]
    extra = {"occurrences": found["sizes"][-1], "any occurrences": found["any"][-1]}
    extra |= {DIFFERENCE: found["difference"][-1][0], ONCE: once["difference"][-1][0]}
    extra |= {name: line[-1][0] for name, line in found["classes"].items() if name not in ("function", "content")}
    if untrained is not None and untrained["rarefaction"]["as they come"]:
        extra[UNTRAINED] = untrained["rarefaction"]["as they come"]["difference"][-1][0]
    return entry(found["classes"]["function"][-1], found["classes"]["content"][-1], **extra)


__all__ = ["FINDINGS", "measured"]
