from collections.abc import Callable, Mapping
from typing import Any

import pytest

from experiments.othello.dictionaries.rivals.contenders import NAMES, NEURONS
from experiments.othello.dictionaries.rivals.findings import FINDINGS, measured
from experiments.othello.dictionaries.rivals.panels import panels
from interp.findings import Finding, Measurement, Verdict, judge
from interp.plots import png
from interp.stats import Interval


@pytest.fixture(scope="module")
def metrics(numbers: Callable[[str], dict[str, Any]]) -> Mapping[str, Any]:
    return numbers("rivals")


def test_every_rival_has_numbers_at_every_depth_but_neurons_before_the_first_block(metrics: Mapping[str, Any]) -> None:
    assert set(metrics["rivals"]) == set(NAMES)
    for name, by_depth in metrics["rivals"].items():
        assert [entry is None for entry in by_depth] == [name == NEURONS, *[False] * 4]
        for entry in by_depth[1:]:
            assert entry["count readable"] <= entry["count"] <= metrics["defined"]
            assert sum(one["count"] for one in entry["by class"].values()) == entry["count"]
            assert sum(one["of"] for one in entry["by class"].values()) == metrics["defined"]


def test_the_numbers_draw_every_panel(metrics: Mapping[str, Any]) -> None:
    for panel in panels(metrics):
        assert png(panel.figure).startswith(b"\x89PNG")
        assert panel.caption


def test_every_finding_is_measured(metrics: Mapping[str, Any]) -> None:
    found = measured(metrics)
    assert set(found) == {finding.id for finding in FINDINGS}
    for finding in FINDINGS:
        entry = found[finding.id]
        assert isinstance(judge(finding, Measurement(**entry, preset="tiny", seeds=1)), Verdict)


@pytest.mark.parametrize(
    ("value", "control", "probe", "verdict"),
    [
        ((0.12, 0.1, 0.15), (0.01, 0.0, 0.02), 0.98, Verdict.REPRODUCED),
        ((0.3, 0.25, 0.4), (0.01, 0.0, 0.02), 0.98, Verdict.DIRECTION),
        ((0.03, 0.025, 0.04), (0.01, 0.0, 0.02), 0.98, Verdict.DIRECTION),
        ((0.5, 0.45, 0.55), (0.01, 0.0, 0.02), 0.98, Verdict.NOT_REPRODUCED),
        ((0.12, 0.1, 0.15), (0.1, 0.08, 0.12), 0.98, Verdict.NOT_REPRODUCED),
        ((0.12, 0.1, 0.15), (0.01, 0.0, 0.02), 0.85, Verdict.NOT_REPRODUCED),
    ],
)
def test_few_is_neither_none_nor_half_and_probes_must_read_the_rest(
    value: tuple[float, float, float], control: tuple[float, float, float], probe: float, verdict: Verdict
) -> None:
    finding: Finding = FINDINGS[0]
    made = Measurement(Interval(*value, 64), Interval(*control, 64), {"probe": probe}, "small", 1)
    assert judge(finding, made) is verdict
