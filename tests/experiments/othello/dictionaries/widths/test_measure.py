import json
from dataclasses import replace
from typing import Any

import pytest

from experiments.othello.dictionaries.subjects import Subjects
from experiments.othello.dictionaries.widths.findings import FINDINGS, measured
from experiments.othello.dictionaries.widths.measure import MEASURES, against_topk, measure, wider
from experiments.othello.dictionaries.widths.panels import panels
from interp.findings import Measurement, judge
from interp.plots import png
from interp.stats import Interval


def made(kind: str, width: int, sparsity: float, l0: float, value: float) -> dict[str, Any]:
    return {
        "kind": kind, "width": width, "sparsity": sparsity, "l0": Interval(float(l0), float(l0), float(l0), 5),
        **{name: Interval(value, value - 0.01, value + 0.01, 5) for name in MEASURES},
    }  # fmt: skip


FOUND = {
    "topk 8 2": made("topk", 8, 2, 2, 0.1), "topk 8 8": made("topk", 8, 8, 8, 0.3),
    "topk 16 2": made("topk", 16, 2, 2, 0.2), "topk 4 2": made("topk", 4, 2, 2, 0.0),
    "l1 8 1": made("l1", 8, 1, 4, 0.5), "l1 8 2": made("l1", 8, 2, 9, 0.5),
}  # fmt: skip


def test_twice_the_width_is_compared_at_equal_k_by_hand() -> None:
    found = wider(FOUND, 8)
    assert list(found) == ["2"]
    assert list(found["2"]["coverage"]) == pytest.approx([0.1, 0.08, 0.12, 5])


def test_other_kinds_are_compared_at_their_l0_and_not_beyond() -> None:
    """4 lies half-way between 2 and 8 in logarithms, where TopK has 0.2; at 9 it has nothing."""
    found = against_topk(FOUND, 8)
    assert found["l1 8 2"] is None
    assert found["l1 8 1"] is not None
    assert list(found["l1 8 1"]["reconstruction"]) == pytest.approx([-0.3, -0.32, -0.28, 5])


def test_without_dictionaries_to_compare_there_is_nothing(who: Subjects) -> None:
    assert measure(replace(who, compared={})) == {}
    assert panels({}) == ()
    assert measured({}) == {}


def test_kinds_without_a_common_l0_leave_their_finding_out() -> None:
    assert measured({"kinds": {"l1 8 2": None}}) == {}


def test_after_json_the_panel_is_drawn_and_the_findings_are_judged(who: Subjects) -> None:
    some = [name for name in who.compared if name.split()[0] in ("topk", "l1")]
    metrics = measure(replace(who, compared={name: who.compared[name] for name in some}))
    assert set(metrics["dictionaries"]) == set(some)
    read = json.loads(json.dumps(metrics, allow_nan=False))
    (panel,) = panels(read)
    assert png(panel.figure)
    found = measured(read)
    assert "othello-26" in found
    for finding in FINDINGS:
        if entry := found.get(finding.id):
            value, control = Interval(*entry["value"]), Interval(*entry["control"])
            judge(finding, Measurement(value, control, entry["extra"], "small", 1))
