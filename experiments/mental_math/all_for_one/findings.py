"""The claims about the all-for-one subgraph that `mental_math/all_for_one` measures, with their criteria."""

from collections.abc import Mapping
from typing import Any

from experiments.mental_math.criteria import keeps, ordinary
from experiments.othello.criteria import above, at_paper_scale
from interp.findings import Finding, Measurement, Verdict

_PATH = "mental_math/all_for_one"
_PAPER = "Mamidanna et al. 2025 (arXiv 2509.09650)"
_PLANTED = "; in the zoo's model training planted it"
NO_READING = "the better of no transfer after the same wait and the best single answer"


def _cliff(m: Measurement) -> Verdict:
    """One fall takes away four fifths, near 15 of 32 blocks; half, more than any other fall and after some wait."""
    if m.value.low <= m.control.high or m.value.low < 0.5 or m.extra["last wait before it"] < 1:
        return Verdict.NOT_REPRODUCED
    there = abs(m.extra["last wait before it"] / m.extra["depth"] - 15 / 32) <= 1 / 32
    return Verdict.REPRODUCED if m.value.low >= 0.8 and there else Verdict.DIRECTION


def _two(m: Measurement) -> Verdict:
    """Two blocks keep .95 and one does not; that two keep half, and more than none, is a direction."""
    if m.value.low <= m.control.high or m.value.low < 0.5:
        return Verdict.NOT_REPRODUCED
    return Verdict.REPRODUCED if m.value.value >= 0.95 > m.extra["with one"] else Verdict.DIRECTION


def _less_wait(m: Measurement) -> Verdict:
    """Every other model has the subgraph, waits a smaller share of its blocks and transfers in more of them."""
    if m.value.high >= m.control.low or not m.extra["others that have it"]:
        return Verdict.NOT_REPRODUCED
    longer = m.extra["least transfer of others"] > m.extra["transfer"]
    every = m.extra["others that have it"] == m.extra["others"]
    return Verdict.REPRODUCED if longer and every else Verdict.DIRECTION


FINDINGS = (
    Finding(
        id="af1-1",
        claim="The answer survives when tokens wait almost half of the blocks (share of right answers kept)",
        source=f"{_PAPER}, sweep of the wait alone: kept through block 14 of 0 to 31 (as reported){_PLANTED}",
        paper_value="kept with 15 of 32",
        scale="S?",
        measured_by=_PATH,
        control="the plain mean in place of the conditional one",
        criterion=ordinary(above(reproduced=0.9, direction=0.5)),
        unit="%",
    ),
    Finding(
        id="af1-2",
        claim="There it falls off a cliff: waiting one block more takes nearly everything (fall from wait to wait)",
        source=f"{_PAPER}, the same sweep: collapse between blocks 14 and 15 of 0 to 31 (as reported){_PLANTED}",
        paper_value="between 15 and 16 of 32",
        scale="S?",
        measured_by=_PATH,
        control="the next steepest fall of the same curve",
        criterion=ordinary(_cliff),
        unit="%",
    ),
    Finding(
        id="af1-3",
        claim="Two blocks in which the last token sees the others suffice, and one does not (share kept with two)",
        source=f"{_PAPER}: blocks 15 and 16 of Llama-3-8B, by index{_PLANTED}",
        paper_value="2 of 32 blocks",
        scale="S?",
        measured_by=_PATH,
        control=NO_READING,
        criterion=ordinary(_two),
        unit="%",
    ),
    Finding(
        id="af1-4",
        claim="The subgraph keeps at least 99 % of the right answers to A+B+C",
        source=f"{_PAPER}, main table, Llama-3-8B (as reported){_PLANTED}",
        paper_value=0.995,
        scale="S?",
        measured_by=_PATH,
        control=NO_READING,
        criterion=ordinary(keeps(reproduced=0.99, direction=0.9)),
        unit="%",
    ),
    Finding(
        id="af1-5",
        claim="So it does of those to A-B-C, with the setting found on A+B+C",
        source=f"{_PAPER}, main table, Llama-3-8B (as reported){_PLANTED}",
        paper_value=0.995,
        scale="S?",
        measured_by=_PATH,
        control=NO_READING,
        criterion=ordinary(keeps(reproduced=0.99, direction=0.9)),
        unit="%",
    ),
    Finding(
        id="af1-6",
        claim="Other tasks have such a subgraph, too, each with its own setting (share kept, all prompts together)",
        source=f"{_PAPER}, main table: high on six further tasks, of which two names are known (as reported){_PLANTED}",
        paper_value="high overall",
        scale="S?",
        measured_by=_PATH,
        control=NO_READING,
        criterion=ordinary(above(reproduced=0.9, direction=0.5)),
        unit="%",
    ),
    Finding(
        id="af1-7",
        claim="The setting found on one task serves all the others (share kept, all prompts together)",
        source=f"{_PAPER}, main table: one setting for eight tasks (as reported){_PLANTED} on every task alike",
        paper_value="high overall",
        scale="S?",
        measured_by=_PATH,
        control=NO_READING,
        criterion=ordinary(above(reproduced=0.9, direction=0.5)),
        unit="%",
    ),
    Finding(
        id="af1-8",
        claim="The setting found in one model serves another of its family (share kept, A+B+C)",
        source=f"{_PAPER}, abstract: different models; no number is known to us",
        paper_value=None,
        scale="S?",
        measured_by=_PATH,
        control=NO_READING,
        criterion=ordinary(above(reproduced=0.9, direction=0.5)),
        unit="%",
    ),
    Finding(
        id="af1-9",
        claim="GPT-J and Pythia wait less than Llama-3 and transfer longer (largest share of blocks that wait)",
        source=f"{_PAPER}, as reported in the press; no number is known to us",
        paper_value="shorter wait, longer transfer",
        scale="F",
        measured_by=_PATH,
        control="Llama-3; on smaller presets the zoo's models stand in for all of them",
        criterion=at_paper_scale(_less_wait),
        unit="%",
    ),
)


def measured(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Value, control and further numbers of each claim, from the metrics or their JSON.

    Claims about tasks that were not asked, or about a family without another model, are left out. Intervals are over
    prompts to report on.
    """
    middle, cliff, two, together = (metrics[name] for name in ("middle", "cliff", "two", "all"))
    counts = {"last wait before it": float(cliff["last wait before it"]), "depth": float(cliff["depth"])}
    found = {
        "af1-1": _entry(middle["conditional"], middle["plain"], wait=middle["wait"], depth=middle["depth"]),
        "af1-2": _entry(cliff["fall"], cliff["next fall"], **counts),
    }
    if len(two["faithful"]) == 3:
        with_one = {"with one": two["faithful"][1][0], "wait": two["wait"]}
        found["af1-3"] = _entry(two["faithful"][2], two["baseline"], **with_one)
    for name, each in {"af1-4": "A+B+C", "af1-5": "A-B-C"}.items():
        if metrics["lead"] == "A+B+C" and each in together["tasks"]:
            found[name] = _of_task(metrics, together["tasks"][each], each)
    for name, part, whose in (("af1-6", "not published", "own"), ("af1-7", "not lead", "given")):
        if metrics[part][whose] is not None:
            told = metrics[part][whose]
            found[name] = _entry(
                told["faithful"], told["baseline"], worst=told["worst"], tasks=len(metrics[part]["tasks"])
            )
    if metrics["family"] is not None:
        told = metrics["family"]["given"]
        found["af1-8"] = _entry(told["faithful"], told["baseline"])
    if (waits := _waits(metrics)) is not None:
        found["af1-9"] = waits
    return found


def _of_task(metrics: Mapping[str, Any], task: Mapping[str, Any], name: str) -> dict[str, Any]:
    told, setting = metrics["models"][metrics["model"]]["tasks"][name], metrics["setting"]["layers"]
    return _entry(
        task["given"], task["baseline"], base=told["base"][0], majority=told["majority"], contexts=told["contexts"],
        wait=setting["wait"], transfer=setting["transfer"], found=metrics["setting"]["found"],
    )  # fmt: skip


def _waits(metrics: Mapping[str, Any]) -> dict[str, Any] | None:
    """The longest share of blocks that others wait beside the model's, each on its first task."""
    others = [model for name, model in metrics["models"].items() if name != metrics["model"]]
    if not others:
        return None
    settings = [_found(model) for model in others]
    transfers = [setting[1] for setting in settings if setting is not None]
    own = metrics["models"][metrics["model"]]
    return _entry(
        max((model["longest wait"] for model in others), key=lambda wait: wait[0]), own["longest wait"],
        **{
            "transfer": (_found(own) or [0, 0])[1],
            "least transfer of others": min(transfers, default=0),
            "others that have it": len(transfers),
            "others": len(others),
        },
    )  # fmt: skip


def _found(model: Mapping[str, Any]) -> list[int] | None:
    pair: list[int] | None = next(iter(model["tasks"].values()))["search"]["found"]
    return pair


def _entry(value: Any, control: Any, **extra: float | int) -> dict[str, Any]:
    return {"value": value, "control": control, "extra": {name: float(number) for name, number in extra.items()}}


__all__ = ["FINDINGS", "NO_READING", "measured"]
