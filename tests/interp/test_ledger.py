import json

from interp.findings import Row, Verdict, ledger
from interp.ledger import show, show_range, to_json, to_markdown, to_text
from interp.stats import Interval
from tests.interp.test_findings import finding, record


def rows() -> list[Row]:
    silent = finding(id="toy-2", claim="It a|so counts.", paper_value=None, unit="")
    return ledger([finding(), silent], [record()])


def test_numbers_print_with_their_unit() -> None:
    assert show(0.9998, "%") == "99.98 %"
    assert show(2.06, "nats") == "2.060 nats"
    assert show(3.0, "") == "3"
    assert show("90 to 99 %", "%") == "90 to 99 %"
    assert show(None, "%") == "none given"


def test_ranges_print_with_n_and_one_unit_prints_none() -> None:
    assert show_range(Interval(0.5, 0.4, 0.6, 2000), "%") == "40.00 to 60.00 %, n = 2,000"
    assert show_range(Interval(2.0, 1.9, 2.1, 5), "") == "1.9 to 2.1, n = 5"
    assert show_range(Interval(2.0, 2.0, 2.0, 1), "nats") == "n = 1"


def test_the_markdown_says_that_it_is_generated_and_has_a_line_for_every_finding() -> None:
    text = to_markdown(rows())
    assert "Do not edit" in text.splitlines()[0]
    assert "2 claims: 1 reproduced, 0 direction only, 0 not reproduced, 0 needs scale, 1 not run." in text
    lines = [line for line in text.splitlines() if line.startswith("| toy-")]
    assert lines[0] == (
        "| toy-1 | It counts. | Nobody 2020, Table 1 | S | 95.00 % | 90.00 % (88.00 to 92.00 %, n = 100) "
        "| 10.00 % (8.00 to 12.00 %, n = 100): an untrained model | **reproduced** "
        "| `interp run toy/count --preset small --seed 0` |"
    )
    assert r"It a\|so counts." in lines[1]
    assert "**not run**" in lines[1]


def test_an_empty_ledger_prints() -> None:
    assert "0 claims" in to_markdown([])
    assert to_text([]) == ""
    assert to_json([]) == []


def test_the_json_has_every_field_and_is_plain() -> None:
    first, second = json.loads(json.dumps(to_json(rows()), allow_nan=False))
    assert first["value"] == {"value": 0.9, "low": 0.88, "high": 0.92, "n": 100}
    assert first["control"]["value"] == 0.1
    assert first["extra"] == {"floor": 2.0}
    assert {"id", "claim", "source", "paper_value", "scale", "measured_by", "command", "verdict"} <= first.keys()
    assert (second["value"], second["control"], second["verdict"]) == (None, None, Verdict.NOT_RUN.value)


def test_the_text_shows_the_control_beside_every_number() -> None:
    text = to_text(rows())
    assert "here 90.00 % (88.00 to 92.00 %, n = 100); an untrained model 10.00 %" in text
    assert "not measured yet: interp run toy/count" in text
