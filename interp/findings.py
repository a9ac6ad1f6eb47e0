"""The ledger: published claims, what we measured beside their control, and verdicts that are computed, never typed.

A criterion is an ordinary function, committed before the record that it judges:

    def half_way(m: Measurement) -> Verdict:
        if m.value.low >= 0.95:
            return Verdict.REPRODUCED
        return Verdict.DIRECTION if m.value.low > m.control.high else Verdict.NOT_REPRODUCED

    Finding("othello-1", "The model plays by the rules", "Li et al. 2023, section 2", paper_value=0.9998, scale="S",
            measured_by="othello/legality", control="untrained model of the same shape", criterion=half_way, unit="%")

An experiment hands its numbers over in its metrics, as plain JSON:
`{"findings": {"othello-1": {"value": [0.97, 0.96, 0.98, 2000], "control": [0.1, 0.09, 0.11, 2000], "extra": {}}}}`
where the four numbers are the fields of `interp.stats.Interval`.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, NamedTuple

from interp.errors import InterpError
from interp.records import Record
from interp.stats import Interval, over_seeds

PRESETS = ("paper", "small", "tiny")
"""The ledger judges the records of the first of these that has any."""


class Verdict(Enum):
    """What became of a claim. Computed by `judge`."""

    REPRODUCED = "reproduced"
    DIRECTION = "direction only"
    NOT_REPRODUCED = "not reproduced"
    NEEDS_SCALE = "needs scale"
    NOT_RUN = "not run"


@dataclass(frozen=True)
class Measurement:
    """A number with the number that it must be seen against. Raises `InterpError` without a control or with NaN."""

    value: Interval
    """What the claim is about."""
    control: Interval
    """The same measurement where the claim must not hold: an untrained model, shuffled labels, a majority vote."""
    extra: Mapping[str, float]
    """Further numbers that a criterion may need, by name."""
    preset: str
    """tiny, small or paper."""
    seeds: int
    """Number of records pooled."""

    def __post_init__(self) -> None:
        """No number without its control, and no number that is none."""
        for name, interval in {"value": self.value, "control": self.control}.items():
            if not isinstance(interval, Interval):
                raise InterpError(f"a measurement needs its {name} as an Interval, not {interval!r}")
            if not all(map(math.isfinite, interval)) or not interval.low <= interval.value <= interval.high:
                raise InterpError(f"the {name} of a measurement must be finite with low <= value <= high: {interval}")


@dataclass(frozen=True)
class Finding:
    """One published claim and how it is judged."""

    id: str
    """Unique in the ledger: "othello-3"."""
    claim: str
    """One sentence."""
    source: str
    """Paper, and the section, table or figure."""
    paper_value: float | str | None
    """The published number; words for a range; None when the paper gives none."""
    scale: Literal["S", "S?", "F"]
    """S: shows in a small model; S?: its direction does; F: needs the paper's size."""
    measured_by: str
    """The experiment, as "paper/name"."""
    control: str
    """In words: what stands in `Measurement.control`."""
    criterion: Callable[[Measurement], Verdict]
    """Turns a measurement into a verdict; may also use `preset` and `seeds`."""
    unit: Literal["", "%", "nats"] = ""
    """How values print; "%" prints a fraction of 1 times 100."""

    def __post_init__(self) -> None:
        """A claim without a control in words cannot be judged."""
        if not self.control.strip():
            raise InterpError(f"finding {self.id!r} names no control")


class Row(NamedTuple):
    """One line of the ledger."""

    finding: Finding
    """The claim."""
    measurement: Measurement | None
    """None when no record has it."""
    verdict: Verdict
    """From `judge`."""
    command: str
    """What makes the measurement (again)."""


def judge(finding: Finding, measurement: Measurement | None) -> Verdict:
    """The verdict on `finding`; the rules that hold for every row are enforced here and nowhere else.

    No measurement: not run. No paper value: at best direction only. "needs scale" from a criterion of a row that is
    not F, and "not run" from any criterion, are mistakes in the criterion and raise `InterpError`.
    """
    if measurement is None:
        return Verdict.NOT_RUN
    verdict = finding.criterion(measurement)
    if verdict is Verdict.NOT_RUN or (verdict is Verdict.NEEDS_SCALE and finding.scale != "F"):
        raise InterpError(f"the criterion of {finding.id!r} (scale {finding.scale}) may not answer {verdict.value!r}")
    if verdict is Verdict.REPRODUCED and finding.paper_value is None:
        return Verdict.DIRECTION
    return verdict


def measurement(finding: Finding, records: Sequence[Record]) -> Measurement | None:
    """What `records` say about `finding`, pooled over the seeds of the largest preset that measured it.

    One seed keeps its own interval; several give the t interval over seeds (`over_seeds`). None without a record.
    """
    own = [
        r for r in records if r.run["experiment"] == finding.measured_by and finding.id in r.metrics.get("findings", {})
    ]
    for preset in PRESETS:
        if chosen := [record for record in own if record.run["preset"] == preset]:
            seeds = [record.run["seed"] for record in chosen]
            if len(set(seeds)) < len(seeds):
                raise InterpError(f"two records of {finding.measured_by} {preset} have the same seed: {sorted(seeds)}")
            return _pooled(finding, [record.metrics["findings"][finding.id] for record in chosen], preset)
    return None


def ledger(findings: Iterable[Finding], records: Sequence[Record]) -> list[Row]:
    """A row for every finding, in the order given. Raises `InterpError` when two findings have the same id."""
    rows: dict[str, Row] = {}
    for finding in findings:
        if finding.id in rows:
            raise InterpError(f"two findings are called {finding.id!r}")
        found = measurement(finding, records)
        command = f"interp run {finding.measured_by} --preset {found.preset if found else 'small'} --seed 0"
        rows[finding.id] = Row(finding, found, judge(finding, found), command)
    return list(rows.values())


def _pooled(finding: Finding, entries: Sequence[Any], preset: str) -> Measurement:
    try:
        values = [Interval(*entry["value"]) for entry in entries]
        controls = [Interval(*entry["control"]) for entry in entries]
        extras = [entry.get("extra", {}) for entry in entries]
        extra = {key: over_seeds([one[key] for one in extras]).value for key in extras[0]}
    except (KeyError, TypeError) as error:
        raise InterpError(
            f"a record's entry for {finding.id!r} must hold value and control as [value, low, high, n], and every seed "
            f"the same extra numbers; it holds {list(entries)}"
        ) from error
    return Measurement(_over(values), _over(controls), extra, preset, len(entries))


def _over(intervals: Sequence[Interval]) -> Interval:
    return intervals[0] if len(intervals) == 1 else over_seeds([interval.value for interval in intervals])


__all__ = ["Finding", "Measurement", "Row", "Verdict", "judge", "ledger", "measurement"]
