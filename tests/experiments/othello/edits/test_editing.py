import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

import interp
from experiments.othello.dictionaries.preparing import fit_probes
from experiments.othello.edits.bench import Bench
from experiments.othello.edits.editing import EDITORS, LATENTS, PROBE, measure_edits
from experiments.othello.edits.editing_findings import FINDINGS, measured
from experiments.othello.edits.editing_panels import panels
from experiments.othello.edits.example import on_squares
from experiments.othello.edits.settings import Settings
from interp.errors import ShapeError, UnknownNameError
from interp.findings import Finding, Measurement, Verdict, judge
from interp.plots import png
from interp.stats import Interval
from tests.experiments.othello.edits.own_cases import RULES, some_cases

SETTINGS = Settings(first_ply=3, last_ply=14, scales=(2.0,), steps=2, batch=20)
MODEL = interp.load("othello-tiny")


class Mirror:
    """A dictionary of every direction and its opposite."""

    W_dec = torch.cat([torch.eye(MODEL.width), -torch.eye(MODEL.width)])

    def encode(self, rows: torch.Tensor) -> torch.Tensor:
        return (rows @ self.W_dec.T).clamp(min=0)


def _silent(_: str) -> None:
    return


def _cases() -> dict[str, Any]:
    flips = some_cases(12, 1), some_cases(16, 2)
    last = torch.arange(14) < flips[1].length[:, None]
    witness = torch.where(last, some_cases(16, 3, plies=(14, 14)).tokens, 0)  # no real one: any game will do
    natural = replace(flips[1], witness=witness)
    return {
        "given": flips, "understood": flips, "erase": (some_cases(8, 4, erase=True), some_cases(8, 5, erase=True)),
        "natural": (natural, natural), "flip": flips,
    }  # fmt: skip


@pytest.fixture(scope="module")
def metrics() -> Any:
    """As a record holds them."""
    probes = fit_probes(MODEL, RULES, 40, 0, 40)
    found = measure_edits(MODEL, RULES, probes, [Mirror()] * 5, _cases(), SETTINGS, 0, _silent)
    return json.loads(json.dumps(found, allow_nan=False))


def test_every_kind_and_editor_is_told_beside_its_controls(metrics: Any) -> None:
    assert list(metrics["kinds"]) == ["flip", "understood", "erase", "natural", "given"]
    for told in metrics["kinds"].values():
        assert list(told["editors"]) == list(EDITORS)
        assert told["null"]["drop"][0] == 0
        for edit in told["editors"].values():
            for one in (edit, edit["random direction"], edit["wrong square"]):
                assert one["edited"][3] == told["cases"]["report"]
                assert one["drop"][0] <= 1


def test_kinds_that_reuse_take_what_was_chosen_on_flips(metrics: Any) -> None:
    flips, given = (metrics["kinds"][kind] for kind in ("flip", "given"))
    assert given["cases"] == {"choose": 0, "report": 16}
    assert "by_scale" not in given["editors"][PROBE]
    for name in EDITORS:
        assert given["editors"][name]["chosen"] == flips["editors"][name]["chosen"]
    # The same cases give the same errors.
    assert given["editors"][PROBE]["edited"][0] == flips["editors"][PROBE]["edited"][0]
    assert len(metrics["kinds"]["natural"]["ceiling"]) == 5
    assert "ceiling" not in flips


def test_curves_hold_what_was_chosen(metrics: Any) -> None:
    edit = metrics["kinds"]["erase"]["editors"][PROBE]
    chosen = edit["chosen"]
    at_scale = edit["by_scale"][metrics["scales"].index(chosen["scale"])]
    at_size = edit["by_size"][chosen["last"] - chosen["first"]]
    for one in (at_scale, at_size):
        assert {key: one[key] for key in chosen} == chosen
        assert one["edited"][0] == edit["edited"][0]
    assert [one["first"] for one in edit["by_depth"]] == list(range(5)) == [one["last"] for one in edit["by_depth"]]
    assert min(one["chosen on"] for one in edit["by_size"]) == at_size["chosen on"]


def test_a_probe_edits_a_model_that_knows_the_board(metrics: Any) -> None:
    """Even the smallest model: the moves that the edit changes are followed, along a random direction they are not."""
    told = metrics["kinds"]["flip"]
    edit = told["editors"][PROBE]
    assert edit["followed"][0] > edit["random direction"]["followed"][0]
    assert edit["followed"][0] > told["null"]["followed"][0]


def test_panels_can_be_drawn(metrics: Any) -> None:
    drawn = panels(metrics)
    assert [panel.name for panel in drawn] == [
        "edits", "edits_followed", "edits_by_scale", "edits_by_depth", "edits_example", "edits_rollout",
    ]  # fmt: skip
    for panel in drawn:
        assert png(panel.figure)[:4] == b"\x89PNG"
        assert panel.caption


def test_findings_are_judged_from_what_was_measured(metrics: Any) -> None:
    found = measured(metrics)
    assert set(found) == {finding.id for finding in FINDINGS}
    for finding in FINDINGS:
        entry = found[finding.id]
        told = Measurement(Interval(*entry["value"]), Interval(*entry["control"]), entry["extra"], "small", 1)
        assert judge(finding, told) in Verdict
    fewer = {**metrics, "kinds": {"flip": metrics["kinds"]["flip"]}}
    assert set(measured(fewer)) == set(found) - {"othello-13", "othello-12-given", "othello-12-understood"}


def _verdict(name: str, value: float, control: float, preset: str = "small") -> Verdict:
    (finding,) = (one for one in FINDINGS if one.id == name)
    assert isinstance(finding, Finding)
    value_, control_ = (Interval(x, x - 0.01, x + 0.01, 100) for x in (value, control))
    return judge(finding, Measurement(value_, control_, {}, preset, 1))


@pytest.mark.parametrize(
    ("name", "value", "control", "verdict"),
    [
        ("othello-12", 0.95, 0.0, Verdict.REPRODUCED),
        ("othello-12", 0.6, 0.0, Verdict.DIRECTION),
        ("othello-12", 0.4, 0.0, Verdict.NOT_REPRODUCED),
        ("othello-12", 0.95, 0.95, Verdict.NOT_REPRODUCED),
        ("othello-13", 0.95, 0.0, Verdict.REPRODUCED),
        ("othello-12-latents", 0.9, 0.0, Verdict.DIRECTION),
        ("othello-12-latents", 0.0, 0.0, Verdict.NOT_REPRODUCED),
        ("othello-12-random", 0.05, 0.8, Verdict.DIRECTION),
        ("othello-12-random", -0.2, 0.8, Verdict.NOT_REPRODUCED),
        ("othello-12-random", 0.05, 0.05, Verdict.NOT_REPRODUCED),
        ("othello-12-rollout", 0.1, 0.02, Verdict.DIRECTION),
        ("othello-12-rollout", 0.02, 0.02, Verdict.NOT_REPRODUCED),
        ("othello-12-given", 1.0, 2.7, Verdict.DIRECTION),
        ("othello-12-given", 2.0, 2.7, Verdict.NEEDS_SCALE),
        ("othello-14", 0.8, 0.2, Verdict.REPRODUCED),
        ("othello-14", 0.8, 0.6, Verdict.DIRECTION),
        ("othello-14", 0.8, 0.8, Verdict.NOT_REPRODUCED),
    ],
)
def test_every_criterion_can_fail(name: str, value: float, control: float, verdict: Verdict) -> None:
    assert _verdict(name, value, control) is verdict


def test_the_benchmark_of_li_is_judged_at_the_paper_s_size() -> None:
    for value, verdict in ((0.1, Verdict.REPRODUCED), (0.8, Verdict.DIRECTION), (2.0, Verdict.NOT_REPRODUCED)):
        assert _verdict("othello-12-given", value, 2.7, "paper") is verdict


def test_rollouts_are_reproduced_only_from_a_model_that_is_never_wrong_before() -> None:
    (finding,) = (one for one in FINDINGS if one.id == "othello-12-rollout")
    value, control = Interval(0.1, 0.08, 0.12, 600), Interval(0.002, 0.0, 0.004, 600)
    assert judge(finding, Measurement(value, control, {}, "small", 1)) is Verdict.REPRODUCED


def test_cases_and_kinds_that_cannot_be_measured_are_refused() -> None:
    cases = some_cases(10)
    with pytest.raises(UnknownNameError, match="kind of case"):
        measure_edits(MODEL, RULES, [], [], {"flop": (cases, cases)}, SETTINGS, 0, _silent)
    with pytest.raises(UnknownNameError, match="chosen on flips"):
        measure_edits(MODEL, RULES, [], [], {"erase": (cases, cases)}, SETTINGS, 0, _silent)
    stuck = replace(cases, legal_edited=torch.zeros_like(cases.legal_edited))
    bench = Bench.of(MODEL, stuck, 10, np.random.default_rng(0))
    with pytest.raises(ShapeError, match="no legal move"):
        _ = bench.null


def test_a_bench_counts_as_by_hand() -> None:
    cases = some_cases(20)
    bench = Bench.of(MODEL, cases, 7, np.random.default_rng(0))
    perfect = torch.where(bench.legal["edited"], 1.0, 0.0)
    found = bench.count(perfect)
    assert not found.edited.any()
    assert found.followed.tolist() == (cases.legal != cases.legal_edited).sum(1).tolist()
    assert bench.told(found)["drop"].value == 1
    assert bench.told(found)["followed"].value == 1
    ranks = bench.moved_ranks(-perfect)
    assert ranks["new"] is not None
    assert ranks["gone"] is not None
    assert ranks["new"] > ranks["gone"]


def test_probabilities_lie_on_their_squares() -> None:
    logits = torch.full((RULES.plies + 1,), -30.0)
    logits[1] = 30.0
    shares = on_squares(RULES, logits)
    assert len(shares) == 36
    assert abs(shares[0] - 1) < 1e-6
    assert all(shares[square] == 0 for square in RULES.centre)


def test_latents_and_probes_have_names_of_their_own() -> None:
    assert len(set(EDITORS)) == 4
    assert {PROBE, LATENTS} < set(EDITORS)
