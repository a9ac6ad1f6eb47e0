from experiments.bigrams.core_plus_circuit.findings import CIRCUIT_R, CORE_R, FINDINGS, measured
from interp.findings import Measurement, Verdict, judge
from interp.stats import Interval
from tests.experiments.bigrams.core_plus_circuit.made import made, told

(FINDING,) = FINDINGS


def verdict(**changes: float) -> Verdict:
    entry = measured(made(**changes))[FINDING.id]
    assert tuple(entry["value"])[3] == 2
    return judge(
        FINDING, Measurement(Interval(*entry["value"]), Interval(*entry["control"]), entry["extra"], "small", 1)
    )


def test_the_value_is_the_share_of_the_cores_excess_that_is_gone() -> None:
    entry = measured(made())[FINDING.id]
    # By hand: the first core lacks 5 - 3 nats, the circuit takes it to 3.4; the second lacks 2.01 and 3.41 is left.
    assert abs(entry["value"][0] - (1.6 / 2 + 1.6 / 2.01) / 2) < 1e-12
    assert entry["extra"][CORE_R] == 0.96
    assert entry["extra"][CIRCUIT_R] == 0.95


def test_the_control_is_whichever_addition_brings_more() -> None:
    for changes in ({"random": 0.4, "largest": 0.1}, {"random": 0.1, "largest": 0.4}):
        assert abs(measured(made(**changes))[FINDING.id]["control"][0] - 0.4) < 1e-2


def test_a_circuit_that_brings_half_and_spares_the_core_is_a_direction_and_never_more() -> None:
    assert verdict() is Verdict.DIRECTION


def test_the_claim_can_fail_in_each_of_its_parts() -> None:
    assert verdict(circuit=0.4) is Verdict.NOT_REPRODUCED
    assert verdict(random=0.9) is Verdict.NOT_REPRODUCED
    assert verdict(largest=0.9) is Verdict.NOT_REPRODUCED
    assert verdict(r=0.9) is Verdict.NOT_REPRODUCED


def test_where_the_core_lacks_nothing_there_is_nothing_to_say() -> None:
    assert measured(made() | {"full": told(5.0, 0.8)}) == {}
