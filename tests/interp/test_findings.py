from typing import Any

import jaxtyping
import pytest

from interp.errors import InterpError
from interp.findings import Finding, Measurement, Verdict, judge, ledger, measurement
from interp.records import Record
from interp.stats import Interval, over_seeds

ENTRY: dict[str, Any] = {"value": [0.9, 0.88, 0.92, 100], "control": [0.1, 0.08, 0.12, 100], "extra": {"floor": 2.0}}


def above_control(m: Measurement) -> Verdict:
    return Verdict.REPRODUCED if m.value.low > m.control.high else Verdict.NOT_REPRODUCED


def finding(**changes: Any) -> Finding:
    fields: dict[str, Any] = {
        "id": "toy-1", "claim": "It counts.", "source": "Nobody 2020, Table 1", "paper_value": 0.95, "scale": "S",
        "measured_by": "toy/count", "control": "an untrained model", "criterion": above_control, "unit": "%",
    }  # fmt: skip
    return Finding(**fields | changes)


def record(entry: Any = ENTRY, *, preset: str = "small", seed: int = 0, experiment: str = "toy/count") -> Record:
    run = {"experiment": experiment, "preset": preset, "seed": seed}
    return Record(run, {"findings": {"toy-1": entry}})


def measured(low: float = 0.88, high: float = 0.92) -> Measurement:
    return Measurement(Interval(0.9, low, high, 9), Interval(0.1, 0.08, 0.12, 9), {}, "small", 1)


def test_the_criterion_gives_the_verdict() -> None:
    assert judge(finding(), measured()) is Verdict.REPRODUCED
    assert judge(finding(), measured(low=0.1)) is Verdict.NOT_REPRODUCED


def test_without_a_record_the_verdict_is_not_run_and_the_criterion_is_not_asked() -> None:
    def never(m: Measurement) -> Verdict:
        raise AssertionError(m)

    assert judge(finding(criterion=never), None) is Verdict.NOT_RUN
    assert ledger([finding(criterion=never)], [])[0].verdict is Verdict.NOT_RUN


def test_without_a_paper_value_the_best_verdict_is_direction_only() -> None:
    assert judge(finding(paper_value=None), measured()) is Verdict.DIRECTION
    assert judge(finding(paper_value=None), measured(low=0.1)) is Verdict.NOT_REPRODUCED


def test_only_rows_of_full_scale_may_need_scale() -> None:
    def small(m: Measurement) -> Verdict:
        return Verdict.NEEDS_SCALE if m.preset != "paper" else Verdict.REPRODUCED

    assert judge(finding(scale="F", criterion=small), measured()) is Verdict.NEEDS_SCALE
    for scale in ("S", "S?"):
        with pytest.raises(InterpError, match="may not answer 'needs scale'"):
            judge(finding(scale=scale, criterion=small), measured())


def test_a_criterion_may_not_answer_not_run() -> None:
    with pytest.raises(InterpError, match="not run"):
        judge(finding(scale="F", criterion=lambda _: Verdict.NOT_RUN), measured())


def test_a_number_without_its_control_cannot_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    # Outside the tests nothing checks annotations, so the constructor must.
    with monkeypatch.context() as patch:
        patch.setattr(jaxtyping.config, "jaxtyping_disable", True)
        with pytest.raises(InterpError, match="needs its control"):
            Measurement(Interval(0.9, 0.8, 1.0, 3), None, {}, "small", 1)  # type: ignore[arg-type]
    with pytest.raises(InterpError, match="must hold value and control"):
        measurement(finding(), [record({"value": [0.9, 0.8, 1.0, 3]})])
    with pytest.raises(InterpError, match="names no control"):
        finding(control=" ")


@pytest.mark.parametrize("value", [[float("nan")] * 3 + [1], [0.5, 0.6, 0.7, 1], [0.5, 0.1, 0.2, 1]])
def test_nan_and_ranges_that_miss_their_value_are_refused(value: list[float]) -> None:
    with pytest.raises(InterpError, match="finite with low <= value <= high"):
        measurement(finding(), [record(ENTRY | {"value": value})])


def test_one_seed_keeps_its_own_interval() -> None:
    found = measurement(finding(), [record()])
    assert found == Measurement(
        Interval(0.9, 0.88, 0.92, 100), Interval(0.1, 0.08, 0.12, 100), {"floor": 2.0}, "small", 1
    )


def test_several_seeds_are_pooled_by_the_t_interval_over_seeds() -> None:
    other = {"value": [0.8, 0.7, 0.9, 100], "control": [0.2, 0.1, 0.3, 100], "extra": {"floor": 3.0}}
    found = measurement(finding(), [record(), record(other, seed=1)])
    assert found is not None
    assert found.value == over_seeds([0.9, 0.8])
    assert found.control == over_seeds([0.1, 0.2])
    assert found.extra == {"floor": 2.5}
    assert found.seeds == 2


def test_the_largest_preset_is_judged_and_presets_are_never_mixed() -> None:
    small, paper = record(), record(ENTRY | {"value": [0.99, 0.98, 1.0, 7]}, preset="paper")
    found = measurement(finding(), [record(preset="tiny"), small, paper])
    assert found is not None
    assert (found.preset, found.value.value, found.seeds) == ("paper", 0.99, 1)


def test_records_of_other_experiments_and_without_findings_are_left_out() -> None:
    bare = Record({"experiment": "toy/count", "preset": "small", "seed": 1}, {})
    assert measurement(finding(), [record(experiment="toy/other"), bare]) is None


def test_the_same_seed_twice_is_refused() -> None:
    with pytest.raises(InterpError, match="same seed"):
        measurement(finding(), [record(), record()])


@pytest.mark.parametrize("entry", [None, {}, {"value": 1, "control": 2}, {"value": [1, 1], "control": [1, 1]}])
def test_a_malformed_entry_is_a_clear_error(entry: Any) -> None:
    with pytest.raises(InterpError, match="toy-1"):
        measurement(finding(), [record(entry)])


def test_seeds_with_different_extra_numbers_are_refused() -> None:
    with pytest.raises(InterpError, match="same extra numbers"):
        measurement(finding(), [record(), record(ENTRY | {"extra": {}}, seed=1)])


def test_two_findings_of_one_name_are_refused() -> None:
    with pytest.raises(InterpError, match="two findings are called 'toy-1'"):
        ledger([finding(), finding(claim="Another.")], [])


def test_a_row_names_the_command_that_measured_it() -> None:
    rows = ledger([finding()], [record(preset="paper")])
    assert rows[0].command == "interp run toy/count --preset paper --seed 0"
    assert ledger([finding()], [])[0].command == "interp run toy/count --preset small --seed 0"
