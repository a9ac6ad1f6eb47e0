"""What the paper claims of the best pruning, with criteria committed before the records that they judge."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from interp.errors import InterpError
from interp.findings import Finding, Measurement, Verdict
from interp.stats import Interval, over_seeds

_PATH = "bigrams/overlap"
_PAPER = "Chang and Bergen 2025 (arXiv 2504.15471)"
RANDOM = "random masks of the sparsest size"
Z, ROWS_RATIO, MAGNITUDE_Z = "z", "ratio, permuted rows", "z, equal magnitudes"
_BEYOND = 3.29
"""The z that chance passes once in a thousand."""


def _crosses(m: Measurement) -> Verdict:
    """The densest is more like its model, the sparsest more like bigrams; or it has at least moved that way.

    Either only when random masks of the sparsest size are less so: dropping weights alone could do as much.
    """
    if m.value.low <= m.control.high or m.value.low <= m.extra[RANDOM]:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low > 0 > m.control.high else Verdict.DIRECTION


def _overlaps(m: Measurement) -> Verdict:
    """At least the paper's lowest ratio, and beyond chance with equal magnitudes; or above 1 and above the control."""
    if m.value.low <= max(1.0, m.control.high) or m.extra[Z] < _BEYOND:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.low >= 3.8 and m.extra[MAGNITUDE_Z] >= _BEYOND else Verdict.DIRECTION


def _nulls_differ(m: Measurement) -> Verdict:
    """Permuting rows expects more overlap of found masks, and more than it does of random ones."""
    return Verdict.DIRECTION if m.value.low > max(1.0, m.control.high) else Verdict.NOT_REPRODUCED


FINDINGS = (
    Finding(
        id="bigram-12",
        claim="The sparser the best pruning of a model, the more it says bigrams rather than what the model says "
        "(r with bigrams less r with the model)",
        source=f"{_PAPER}, section 6.1 and figure 5 left, which gives no numbers",
        paper_value="above 0 when sparse, below when dense",
        scale="S",
        measured_by=_PATH,
        control="the densest of the same pruned models",
        criterion=_crosses,
    ),
    Finding(
        id="bigram-13",
        claim="Bigram subnetwork and best pruning share more weights than chance (ratio, free choice in each matrix)",
        source=f"{_PAPER}, section 6.2 and table 3: 3.8 with 8.5 % of the weights to 15 with 0.17 %; permuted rows",
        paper_value="3.8 to 15",
        scale="S",
        measured_by=_PATH,
        control="what masks share that have the magnitudes of the bigram subnetwork's weights in common (closed form)",
        criterion=_overlaps,
    ),
    Finding(
        id="bigram-18",
        claim="Chance as the published code draws it (rows permuted) expects more overlap than chance as the paper "
        "describes it (any weights of a matrix): ratio of the two",
        source=f"asked of {_PAPER}, section 6.2, and of its code; neither says so",
        paper_value=None,
        scale="S",
        measured_by=_PATH,
        control="random masks with as many weights in each matrix, over seeds",
        criterion=_nulls_differ,
    ),
)


def measured(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Value, control and further numbers of each claim, from what `measure` told; intervals are over seeds."""
    optimal = metrics["optimal"]
    sparse, dense = optimal[-1]["masks"], optimal[0]["masks"]
    pairs = compared(metrics)["pairs"]
    random = over_seeds([_more_bigram(mask) for mask in metrics["random"]])
    return {
        "bigram-12": {
            "value": _over(_more_bigram, sparse),
            "control": _over(_more_bigram, dense),
            "extra": {
                RANDOM: random.high,
                "r with bigrams": _over(lambda mask: mask["r"], sparse).value,
                "r with the model": _over(lambda mask: mask["r with the model"], sparse).value,
                "share kept": optimal[-1]["share"], "share kept, densest": optimal[0]["share"],
            },
        },
        "bigram-13": {
            "value": _over(lambda pair: pair["free"]["ratio"], pairs),
            "control": _over(lambda pair: _to_free(pair, "magnitude"), pairs),
            "extra": {
                Z: min(pair["free"]["z"] for pair in pairs),
                MAGNITUDE_Z: min(pair["magnitude"]["z"] for pair in pairs),
                ROWS_RATIO: _over(lambda pair: pair["rows"]["ratio"], pairs).value,
                "ratio, permuted columns": _over(lambda pair: pair["columns"]["ratio"], pairs).value,
                "ratio, equal magnitudes": _over(lambda pair: pair["magnitude"]["ratio"], pairs).value,
                "share of it in the best pruning": _over(lambda pair: pair["contained"], pairs).value,
                "ratio between seeds": _over(lambda pair: pair["free"]["ratio"], metrics["between seeds"]).value,
            },
        },
        "bigram-18": {
            "value": _over(lambda pair: _to_free(pair, "rows"), pairs),
            "control": _over(lambda pair: _to_free(pair, "rows"), metrics["random pairs"]),
            "extra": {"columns": _over(lambda pair: _to_free(pair, "columns"), pairs).value},
        },
    }  # fmt: skip


def compared(metrics: Mapping[str, Any]) -> Mapping[str, Any]:
    """The best pruning that the findings compare with: the sparsest that is no smaller than the bigram subnetwork.

    Raises `InterpError` when all are smaller.
    """
    large: list[Mapping[str, Any]] = [
        one for one in metrics["optimal"] if one["masks"][0]["size"] >= metrics["core"][0]["size"]
    ]
    if not large:
        raise InterpError("every one of the best prunings is smaller than the bigram subnetwork: raise --optimal")
    return large[-1]


def _more_bigram(mask: Mapping[str, Any]) -> float:
    return float(mask["r"] - mask["r with the model"])


def _to_free(pair: Mapping[str, Any], null: str) -> float:
    """How many times the overlap of free choice another kind of chance expects."""
    return float(pair[null]["expected"] / pair["free"]["expected"])


def _over(number: Callable[[Mapping[str, Any]], float], those: Sequence[Mapping[str, Any]]) -> Interval:
    return over_seeds([number(one) for one in those])


__all__ = ["FINDINGS", "compared", "measured"]
