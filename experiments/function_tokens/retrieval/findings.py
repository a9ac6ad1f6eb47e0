"""What the paper claims of retrieval, with criteria committed before the records that they judge."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.function_tokens.criteria import PAPER
from experiments.function_tokens.retrieval.ablated import ALL, OWN, TOGETHER
from experiments.function_tokens.retrieval.following import CHANCE, CONTENT, FUNCTION
from experiments.judging import entry
from interp.findings import Finding, Measurement, Verdict

_PATH = "function_tokens/retrieval"
DIFFERENCE, LOW = "difference", "difference, low"
UNTRAINED = "difference, untrained"
RATIO, RATIO_LOW = "ratio of ratios", "ratio of ratios, low"
RATIO_UNTRAINED = "ratio of ratios, untrained"
LEAST, OWN_LEAST = "least difference, low", "least difference, low, token means"
LEAST_LOSS = "least loss, low"


def _come_back(m: Measurement) -> Verdict:
    """More than chance at function tokens, surely more than at content tokens, and more so than untrained.

    What is judged is the difference in points above chance, as committed first. Chance differs between the classes, so
    the ratio to it may say the opposite: the claim holds only where it holds as a ratio, too.
    """
    points = m.extra[LOW] > max(0.0, m.extra[UNTRAINED])
    times = m.extra[RATIO_LOW] > max(1.0, m.extra[RATIO_UNTRAINED])
    more = m.value.low > 0 and points and times
    return Verdict.DIRECTION if more else Verdict.NOT_REPRODUCED


def _needed(m: Measurement) -> Verdict:
    """Later tokens surely lose by it, and more than by content tokens: at every depth behind the embeddings.

    The claim names neither a depth nor what takes the place of a state. So it must hold at each depth, and whichever
    mean is put there. A mean over depths is told, but would let the first ones decide, whose states most blocks read.
    Depth 0, the embeddings, does not count: what is lost there is the token, and not what it carries. As all conditions
    must hold, no correction for their number is due.
    """
    more = m.value.low > 0 and m.extra[LEAST_LOSS] > 0 and m.extra[LEAST] > 0 and m.extra[OWN_LEAST] > 0
    return Verdict.DIRECTION if more else Verdict.NOT_REPRODUCED


FINDINGS = (
    Finding(
        id="function-15",
        claim="Latents of earlier content tokens fire again at function tokens (share of latents, above chance)",
        source=f"{PAPER}, section 3.2, figure 6: two prompts, no numbers",
        paper_value=None,
        scale="S?",
        measured_by=_PATH,
        control=f"the same at other content tokens, at equal distances; from both is taken chance: {CHANCE}",
        criterion=_come_back,
        unit="%",
    ),
    Finding(
        id="function-18",
        claim="Without what function tokens carry, later tokens are harder to predict than without content tokens'",
        source=f"{PAPER}: not tested there; Tigges et al. 2023 (arXiv 2310.15154) ablate commas",
        paper_value=None,
        scale="S",
        measured_by=_PATH,
        control="as many content tokens, each next to a function token, put to the mean at the same depth; both "
        "numbers are means over the depths behind the embeddings",
        criterion=_needed,
        unit="nats",
    ),
)


def measured(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Value, control and further numbers of each claim. Intervals: over documents of the held-out text."""
    classes, together = metrics["trained"]["classes"], metrics["ablated"][TOGETHER]
    come_back = entry(classes[FUNCTION]["excess"], classes[CONTENT]["excess"])
    come_back["extra"] = _compared(metrics["trained"], metrics["untrained"]) | _by_distance(metrics["trained"])
    needed = entry(together[ALL][FUNCTION], together[ALL][CONTENT])
    needed["extra"] = _least(metrics["ablated"]) | _by_depth(metrics["ablated"])
    return {"function-15": come_back, "function-18": needed}


def _compared(trained: Mapping[str, Any], untrained: Mapping[str, Any] | None) -> dict[str, float]:
    """Both scales at the standard distance. A ratio that does not exist, because its control never fires, is 0."""
    classes, ratio = trained["classes"], trained[RATIO] or [0.0, 0.0]
    told = {
        DIFFERENCE: trained["difference"][0],
        LOW: trained["difference"][1],
        "difference with repeats, low": trained["difference with repeats"][1],
        UNTRAINED: untrained["difference"][0] if untrained else 0.0,
        RATIO: ratio[0],
        RATIO_LOW: ratio[1],
        RATIO_UNTRAINED: untrained[RATIO][0] if untrained and untrained[RATIO] else 1.0,
    }
    for key, title in (("rate", "rate"), ("control", "control rate"), ("ratio", "ratio")):
        for name, ending in ((FUNCTION, ""), (CONTENT, ", content")):
            told[f"{title}{ending}"] = (classes[name][key] or [0.0])[0]
    return told


def _by_distance(trained: Mapping[str, Any]) -> dict[str, float]:
    """Both scales in each band of distances, without those that no window reaches."""
    classes = trained["classes"]
    told: dict[str, float] = {}
    for place, band in enumerate(trained["bands"]):
        difference = trained["difference by distance"][place]
        if difference is None:
            continue
        known = {DIFFERENCE: difference, RATIO: trained[f"{RATIO} by distance"][place]}
        known |= {f"ratio, {name}": classes[name]["ratio by distance"][place] for name in (FUNCTION, CONTENT)}
        for key, found in known.items():
            told |= _numbers(f"from distance {band}, {key}", found or [0.0, 0.0, 0.0])
    return told


def _least(ablated: Mapping[str, Any]) -> dict[str, float]:
    """What the verdict asks of every depth behind the embeddings: the lowest of the lower ends."""
    behind = [one for one in ablated["depths"] if one["depth"] in ablated[TOGETHER]["depths"]]
    return {
        DIFFERENCE: ablated[TOGETHER][ALL]["difference"][0],
        LEAST: min(one[ALL]["difference"][1] for one in behind),
        OWN_LEAST: min(one[OWN]["difference"][1] for one in behind),
        LEAST_LOSS: min(one[kind][FUNCTION][1] for one in behind for kind in (ALL, OWN)),
    }


def _by_depth(ablated: Mapping[str, Any]) -> dict[str, float]:
    """Every depth, and all that count together, with either mean."""
    places = {f"depth {one['depth']}": one for one in ablated["depths"]} | {"mean over depths": ablated[TOGETHER]}
    told: dict[str, float] = {}
    for where, one in places.items():
        for kind in (ALL, OWN):
            told |= {f"{where}, {kind}, {name}": float(one[kind][name][0]) for name in (FUNCTION, CONTENT)}
            told |= _numbers(f"{where}, {kind}, difference", one[kind]["difference"])
    return told


def _numbers(name: str, interval: Sequence[float | int]) -> dict[str, float]:
    value, low, high = map(float, interval[:3])
    return {name: value, f"{name}, low": low, f"{name}, high": high}


__all__ = [
    "DIFFERENCE", "FINDINGS", "LEAST", "LEAST_LOSS", "LOW", "OWN_LEAST", "RATIO", "RATIO_LOW", "RATIO_UNTRAINED",
    "UNTRAINED", "measured",
]  # fmt: skip
