"""The claims about edits that `othello/edits` measures, with their criteria."""

from collections.abc import Mapping
from typing import Any

from experiments.othello.criteria import above
from experiments.othello.edits.editing import LATENTS, PROBE
from experiments.othello.edits.playing_on import EDITED, RANDOM, UNEDITED
from interp.findings import Finding, Measurement, Verdict

_PATH = "othello/edits"
_NANDA = "Nanda et al. 2023 (arXiv 2309.00941)"
HARMLESS = 0.10
"""Share of the errors that a random direction may add or take away and still count as changing nothing."""


def _changes_nothing(m: Measurement) -> Verdict:
    """Errors change by a tenth at most, either way, and less than the probe's edit takes away."""
    harmless = m.value.low >= -HARMLESS and m.value.high <= HARMLESS
    return Verdict.DIRECTION if harmless and m.value.high < m.control.low else Verdict.NOT_REPRODUCED


def _of_the_benchmark(m: Measurement) -> Verdict:
    """At most 0.2 errors a case with the paper's model; half of the null's at most with any, else it needs scale."""
    halved = m.value.high <= m.control.low / 2
    if m.preset != "paper":
        return Verdict.DIRECTION if halved else Verdict.NEEDS_SCALE
    if m.value.high <= 0.2:
        return Verdict.REPRODUCED
    return Verdict.DIRECTION if halved else Verdict.NOT_REPRODUCED


def _illegal_after(m: Measurement) -> Verdict:
    """Between 6.8 and 20.4 % with 0.3 % at most before; more than before at least."""
    if m.value.low <= m.control.high:
        return Verdict.NOT_REPRODUCED
    as_told = 0.068 <= m.value.value <= 0.204 and m.control.value <= 0.003
    return Verdict.REPRODUCED if as_told else Verdict.DIRECTION


def _many_depths(m: Measurement) -> Verdict:
    """Half the depths take away half the errors and more than twice what the best depth alone does; more at least."""
    if m.value.low <= m.control.high:
        return Verdict.NOT_REPRODUCED
    weak = m.control.high < m.value.low / 2
    return Verdict.REPRODUCED if m.value.low >= 0.5 and weak else Verdict.DIRECTION


FINDINGS = (
    Finding(
        id="othello-12",
        claim="Adding a probe's direction at the last move flips a disc for the model (errors that it takes away)",
        source=f"{_NANDA}, section 4: 2.723 errors to 0.10",
        paper_value=0.963,
        scale="S?",
        measured_by=_PATH,
        control="a random direction of equal length",
        criterion=above(reproduced=0.9, direction=0.5),
        unit="%",
    ),
    Finding(
        id="othello-12-understood",
        claim="So it does where the unedited model has every legal move right (errors that it takes away)",
        source=f"{_NANDA}, section 4: 2.723 errors to 0.10, with a model that is right about nearly every board",
        paper_value=0.963,
        scale="S?",
        measured_by=_PATH,
        control="a random direction of equal length",
        criterion=above(reproduced=0.9, direction=0.5),
        unit="%",
    ),
    Finding(
        id="othello-12-random",
        claim="A random direction of equal length changes nothing (errors that it takes away)",
        source="a control that the published edits lack; no paper states it",
        paper_value=None,
        scale="S",
        measured_by=_PATH,
        control="the probe's direction",
        criterion=_changes_nothing,
        unit="%",
    ),
    Finding(
        id="othello-12-given",
        claim="So it does on the 1,001 cases of Li et al. (errors per case)",
        source=f"{_NANDA}, section 4: 2.723 errors to 0.10",
        paper_value=0.10,
        scale="F",
        measured_by=_PATH,
        control="no edit",
        criterion=_of_the_benchmark,
    ),
    Finding(
        id="othello-12-latents",
        claim="Setting the dictionary's latents for a square flips its disc, too (errors that it takes away)",
        source="asked by Du et al. 2025 (arXiv 2501.07108), whose latents are read and not edited; no paper states it",
        paper_value=None,
        scale="S?",
        measured_by=_PATH,
        control="a random direction of equal length",
        criterion=above(reproduced=0.5, direction=0.0),
        unit="%",
    ),
    Finding(
        id="othello-12-rollout",
        claim="Playing on after an edit, the model makes more illegal moves than before",
        source="Hravan, othellogpt-deconstruction (not reviewed): at most 0.3 % before, 6.8 to 20.4 % after",
        paper_value="6.8 to 20.4 %",
        scale="S?",
        measured_by=_PATH,
        control="no edit, on the board that was",
        criterion=_illegal_after,
        unit="%",
    ),
    Finding(
        id="othello-13",
        claim="Adding the direction of empty erases a disc for the model (errors that it takes away)",
        source=f"{_NANDA}, section 4: 2.73 errors to 0.02",
        paper_value=0.993,
        scale="S?",
        measured_by=_PATH,
        control="a random direction of equal length",
        criterion=above(reproduced=0.9, direction=0.5),
        unit="%",
    ),
    Finding(
        id="othello-14",
        claim="An edit must be made at many depths: half of them or more work, one is repaired (errors taken away)",
        source=f"{_NANDA}, figure 7",
        paper_value="one weak, half strong",
        scale="S?",
        measured_by=_PATH,
        control="the same edit at the best single depth",
        criterion=_many_depths,
        unit="%",
    ),
)


def measured(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Value, control and further numbers of each claim, from what `measure_edits` returned or its JSON.

    Claims about kinds of cases that were not measured are left out, and so are those about an edit where the unedited
    model makes no error. Intervals resample cases, which come from different games.
    """
    kinds = metrics["kinds"]
    flips = kinds["flip"]["editors"]
    found = {
        "othello-12": _against_random(kinds["flip"], PROBE),
        "othello-12-random": {
            "value": flips[PROBE]["random direction"]["drop"],
            "control": flips[PROBE]["drop"],
            "extra": {},
        },
        "othello-12-latents": _against_random(kinds["flip"], LATENTS),
        "othello-12-rollout": _playing_on(metrics["rollout"]),
        "othello-14": _by_depths(flips[PROBE]),
    }
    if "understood" in kinds:
        found["othello-12-understood"] = _against_random(kinds["understood"], PROBE)
    if "erase" in kinds:
        found["othello-13"] = _against_random(kinds["erase"], PROBE)
    if "given" in kinds:
        given = kinds["given"]
        edit = given["editors"][PROBE]
        extra = {name: edit[name]["edited"][0] for name in ("random direction", "wrong square")}
        found["othello-12-given"] = {"value": edit["edited"], "control": given["null"]["edited"], "extra": extra}
    return {name: one for name, one in found.items() if one["value"] is not None and one["control"] is not None}


def _against_random(kind: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Errors against the edited board, unless said otherwise; the unedited model's own errors are on the board that
    was, and say how few an edit could leave at best."""
    edit, null = kind["editors"][name], kind["null"]
    random, wrong = edit["random direction"], edit["wrong square"]
    extra = {
        "errors": edit["edited"][0],
        "errors without an edit": null["edited"][0],
        "own errors": null["original"][0],
        "errors of the random direction": random["edited"][0],
        "errors of another square": wrong["edited"][0],
        "errors against the original board": edit["original"][0],
    }
    if edit["followed"] is not None:
        told = {"": edit, " without an edit": null, " of the random direction": random}
        extra |= {f"changed moves followed{whom}": one["followed"][0] for whom, one in told.items()}
    return {"value": edit["drop"], "control": random["drop"], "extra": extra}


def _playing_on(rollout: Mapping[str, Any]) -> dict[str, Any]:
    extra = {"random direction": rollout[RANDOM]["all"][0]}
    return {"value": rollout[EDITED]["all"], "control": rollout[UNEDITED]["all"], "extra": extra}


def _by_depths(edit: Mapping[str, Any]) -> dict[str, Any]:
    """The best setting with half of the depths or more, and the best with one, each chosen on the other cases."""
    sizes = edit["by_size"]
    half = -(-len(sizes) // 2)
    # Sizes come with what was chosen for each; which of them is best was seen on the other cases, too.
    many = min(sizes[half - 1 :], key=lambda one: one["chosen on"])
    return {
        "value": many["drop"],
        "control": sizes[0]["drop"],
        "extra": {"depths": float(many["last"] - many["first"] + 1)},
    }


__all__ = ["FINDINGS", "HARMLESS", "measured"]
