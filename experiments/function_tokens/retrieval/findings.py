"""What the paper claims of retrieval, with criteria committed before the records that they judge."""

from collections.abc import Mapping
from typing import Any

from experiments.function_tokens.criteria import PAPER
from experiments.function_tokens.retrieval.ablated import ALL, OWN
from experiments.function_tokens.retrieval.following import CONTENT, FUNCTION
from experiments.judging import entry
from interp.findings import Finding, Measurement, Verdict

_PATH = "function_tokens/retrieval"
DIFFERENCE, LOW = "difference", "difference, low"
UNTRAINED = "difference, untrained"
OWN_LOW = "difference, low, token means"


def _come_back(m: Measurement) -> Verdict:
    """More than chance at function tokens, surely more than at content tokens, and more so than untrained."""
    more = m.value.low > 0 and m.extra[LOW] > max(0.0, m.extra[UNTRAINED])
    return Verdict.DIRECTION if more else Verdict.NOT_REPRODUCED


def _needed(m: Measurement) -> Verdict:
    """Later tokens surely lose by it, and more than by content tokens, whichever mean takes the place of the state."""
    more = m.value.low > 0 and m.extra[LOW] > 0 and m.extra[OWN_LOW] > 0
    return Verdict.DIRECTION if more else Verdict.NOT_REPRODUCED


FINDINGS = (
    Finding(
        id="function-15",
        claim="Latents of earlier content tokens fire again at function tokens (share of latents, above their like)",
        source=f"{PAPER}, section 3.2, figure 6: two prompts, no numbers",
        paper_value=None,
        scale="S?",
        measured_by=_PATH,
        control="the same at other content tokens, at equal distances; from both is taken what random latents do that "
        "are as dense, fire at content tokens as often, and were not active before",
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
        control="as many content tokens, each next to a function token, put to the mean at the same depth",
        criterion=_needed,
        unit="nats",
    ),
)


def measured(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Value, control and further numbers of each claim. Intervals: over documents of the held-out text."""
    trained, untrained = metrics["trained"], metrics["untrained"]
    classes = trained["classes"]
    depths = metrics["ablated"]["depths"]
    # The depth whose latents are followed, or the nearest: nothing reads the last one.
    at = min(depths, key=lambda one: abs(one["depth"] - metrics["depth"]))
    return {
        "function-15": entry(classes[FUNCTION]["excess"], classes[CONTENT]["excess"])
        | {
            "extra": {
                DIFFERENCE: trained["difference"][0],
                LOW: trained["difference"][1],
                "difference with repeats, low": trained["difference with repeats"][1],
                UNTRAINED: untrained["difference"][0] if untrained else 0.0,
                "rate": classes[FUNCTION]["rate"][0],
                "rate, content": classes[CONTENT]["rate"][0],
            }
        },
        "function-18": entry(at[ALL][FUNCTION], at[ALL][CONTENT])
        | {
            "extra": {
                DIFFERENCE: at[ALL]["difference"][0],
                LOW: at[ALL]["difference"][1],
                OWN_LOW: at[OWN]["difference"][1],
                "function, token means": at[OWN][FUNCTION][0],
                "content, token means": at[OWN][CONTENT][0],
                "depth": float(at["depth"]),
            }
        },
    }


__all__ = ["DIFFERENCE", "FINDINGS", "LOW", "OWN_LOW", "UNTRAINED", "measured"]
