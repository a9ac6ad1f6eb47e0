"""What the paper claims of training and of embeddings, with criteria committed before the records they judge."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.bigrams.criteria import plurality
from experiments.bigrams.places import first_mlp, runner_up
from experiments.judging import entry, sure
from interp.findings import Finding, Measurement, Verdict
from interp.stats import over_seeds

_PATH = "bigrams/development"
_PAPER = "Chang and Bergen 2025 (arXiv 2504.15471)"
AS_GOOD = 0.02
"""How far random blocks may be below trained ones: the paper's three models differ by .013 at most."""


def _embeddings(m: Measurement) -> Verdict:
    """Trained embeddings do more than the same blocks without them, and more than embeddings without blocks.

    Reproduced when the blocks may as well be random.
    """
    if m.value.low <= max(m.control.high, m.extra["embeddings alone"]):
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.extra["trained blocks"] - m.value.value <= AS_GOOD else Verdict.DIRECTION


def _peaks_later(m: Measurement) -> Verdict:
    """Masks still rise where the full model falls; reproduced when they fall in the end, too."""
    if m.value.low <= 0 or m.control.high >= 0:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.extra["fall to the end"] > 0 else Verdict.DIRECTION


FINDINGS = (
    Finding(
        id="bigram-6",
        claim="Before any training its weights are mostly in the MLP of the first block already",
        source=f"{_PAPER}, section 4.2",
        paper_value="plurality",
        scale="S?",
        measured_by=_PATH,
        control="the largest other share",
        criterion=plurality,
        unit="%",
    ),
    Finding(
        id="bigram-7",
        claim="The embeddings hold the bigrams: random blocks between them have as good a subnetwork (correlation)",
        source=f"{_PAPER}, table 2: .965, .986 and .974; trained blocks .964, .987 and .987",
        paper_value=0.965,
        scale="S",
        measured_by=_PATH,
        control="the same random blocks between random embeddings",
        criterion=_embeddings,
    ),
    Finding(
        id="bigram-8",
        claim="Subnetworks of a fixed size get better after the full model has turned away from bigrams (correlation)",
        source=f"{_PAPER}, section 4.1 and A.6: more than 1,000 steps later; then from .949 to .919",
        paper_value="peak more than 1,000 steps later",
        scale="S?",
        measured_by=_PATH,
        control="what the full model's own correlation does meanwhile",
        criterion=_peaks_later,
    ),
)


def measured(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Value, control and further numbers of each claim, from what `measure` told."""
    return {
        "bigram-6": _untrained(metrics["along"]),
        "bigram-7": _roles(metrics["embeddings"]),
        "bigram-8": _later(metrics["along"]),
    }


def _untrained(along: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    places = [one["place"] for one in along[0]["core"]]
    return entry(
        over_seeds([first_mlp(place) for place in places]), over_seeds([runner_up(place) for place in places]),
        uniform=first_mlp(places[0]["uniform"]), r=over_seeds(_rs(along[0])).value,
        in_the_end=over_seeds([first_mlp(one["place"]) for one in along[-1]["core"]]).value,
        r_in_the_end=over_seeds(_rs(along[-1])).value,
    )  # fmt: skip


def _roles(found: Mapping[str, Any]) -> dict[str, Any]:
    value, control = (over_seeds([one["r"][0] for one in found[name]]) for name in ("random blocks", "random"))
    return entry(
        value, control, trained_blocks=found["trained"]["r"][0], full_model=found["trained"]["full"]["r"][0],
        embeddings_alone=found["trained"]["empty"]["r"][0], linear_map=found["linear"][0],
    )  # fmt: skip


def _later(along: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """From the checkpoint where the full model is most like bigrams to the one after it where the masks are best."""
    full = [float(one["full"]["r"][0]) for one in along]
    means = [over_seeds(_rs(one)).value for one in along]
    peak = full.index(max(full))
    best = max(range(peak, len(along)), key=lambda place: means[place])
    rises = [after - before for before, after in zip(_rs(along[peak]), _rs(along[best]), strict=True)]
    return entry(
        over_seeds(rises), sure(full[best] - full[peak]), fall_to_the_end=means[best] - means[-1],
        step_of_the_full_model=along[peak]["step"], step_of_the_masks=along[best]["step"],
        best_of_all=max(means), share=along[0]["core"][0]["share"],
    )  # fmt: skip


def _rs(one: Mapping[str, Any]) -> list[float]:
    """The correlation of each seed's mask."""
    return [float(core["r"][0]) for core in one["core"]]


__all__ = ["AS_GOOD", "FINDINGS", "measured"]
