from experiments.judging import at_paper_scale, entry, sure
from interp.findings import Measurement, Verdict


def reproduced(m: Measurement) -> Verdict:
    return Verdict.REPRODUCED if m.value.low > m.control.high else Verdict.NOT_REPRODUCED


def test_paper_scale_is_asked_of_the_paper_preset_alone() -> None:
    judge = at_paper_scale(reproduced)
    assert judge(Measurement(sure(0.9), sure(0.5), {}, "small", 1)) is Verdict.NEEDS_SCALE
    assert judge(Measurement(sure(0.9), sure(0.5), {}, "paper", 1)) is Verdict.REPRODUCED


def test_an_entry_is_plain_json_with_names_in_words() -> None:
    found = entry(sure(0.5), [0.1, 0.0, 0.2, 3], of_all=True)
    assert found == {"value": [0.5, 0.5, 0.5, 1], "control": [0.1, 0.0, 0.2, 3], "extra": {"of all": 1.0}}
