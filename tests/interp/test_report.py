import base64
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from interp import records
from interp.findings import Row, Verdict, ledger
from interp.plots import board_map
from interp.records import Record
from interp.report import Panel, flat, render, write_report
from tests.interp.latents.made import example
from tests.interp.test_findings import ENTRY, finding

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(8) + (800).to_bytes(4) + bytes(8)


@dataclass(frozen=True)
class Inner:
    width: int = 4


@dataclass(frozen=True)
class Settings:
    model: str = "toy <b>"
    inner: Inner = Inner()


@pytest.fixture
def record(tmp_path: Path) -> Record:
    with records.run(
        tmp_path / "run", "toy/count", Settings(), 0, preset="small", command="interp run toy/count"
    ) as run:
        run.note(model_hash="ab" * 32)
        return run.keep({"findings": {"toy-1": ENTRY}})


def rows(record: Record, **changes: Any) -> list[Row]:
    return ledger([finding(**changes)], [record])


class Text(HTMLParser):
    """Checks that tags are balanced and collects the text and the addresses that are fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [str(value) for key, value in attrs if key in ("src", "href")]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(html: str) -> tuple[str, list[str]]:
    reader = Text()
    reader.feed(html)
    assert reader.open == []
    return re.sub(r"\s+", " ", " ".join(reader.text)), reader.fetched


def test_the_report_shows_claim_paper_value_own_value_control_verdict_and_command(record: Record) -> None:
    text, _ = read(render("Does it count?", rows(record), {"a": PICTURE}, {"a": "It rises."}, record))
    for words in (
        "Does it count?", "It counts.", "Nobody 2020, Table 1", "95.00 %", "90.00 %", "88.00 to 92.00 %, n = 100",
        "10.00 %", "an untrained model", "✓ reproduced", "It rises.", "interp run toy/count", "inner.width", "torch",
    ):  # fmt: skip
        assert words in text, words


def test_everything_lies_in_the_one_file(record: Record) -> None:
    html = render("q", rows(record), {"a": PICTURE}, {"a": "c"}, record)
    _, fetched = read(html)
    assert fetched == ["data:image/png;base64," + base64.b64encode(PICTURE).decode()]
    assert "@import" not in html
    assert "url(" not in html


def test_what_comes_from_outside_is_escaped(record: Record) -> None:
    html = render("<script>q</script>", rows(record, claim='"<i>'), {"a": PICTURE}, {"a": '"><b>c'}, record)
    text, _ = read(html)
    assert "<script>" not in html
    assert "toy <b>" in text
    assert '"<i>' in text


def test_a_finding_without_a_measurement_shows_no_number(record: Record) -> None:
    text, _ = read(render("q", ledger([finding()], []), {}, {}, record))
    assert "not run" in text
    assert "95.00 %" in text
    assert "Figures" not in text


def test_every_verdict_has_its_colour_in_the_style(record: Record) -> None:
    html = render("q", rows(record), {}, {}, record)
    for verdict in Verdict:
        assert f".{verdict.value.replace(' ', '-')}" in html


def test_an_experiment_without_findings_or_figures_has_a_report_too(record: Record) -> None:
    text, fetched = read(render("q", [], {}, {}, record))
    assert "Make it again" in text
    assert fetched == []


def test_pictures_are_shown_at_the_size_they_were_drawn_for(record: Record) -> None:
    assert 'width="480"' in render("q", [], {"a": PICTURE}, {"a": "c"}, record)


def test_figures_are_written_beside_the_report_and_into_it(record: Record, tmp_path: Path) -> None:
    panels = [Panel("board", board_map(np.eye(2)).figure, "Ones on the diagonal.")]
    path = write_report(tmp_path, "q", rows(record), panels, record)
    picture = (tmp_path / "figures" / "board.png").read_bytes()
    assert path == tmp_path / "report.html"
    assert base64.b64encode(picture).decode() in path.read_text()


class Leaf(NamedTuple):
    """A page without anything behind it."""

    heading: str
    title: str
    style: str
    body: str


def test_pages_stand_folded_under_their_headings_each_style_once(record: Record) -> None:
    pages = [
        Leaf("Latents", "first <b>", ".x {}", "<p>one</p>"),
        Leaf("Heads", "second", ".y {}", "<p>two</p>"),
        Leaf("Latents", "third", ".x {}", "<p>three</p>"),
    ]
    html = render("q", [], {}, {}, record, pages)
    text, _ = read(html)
    assert re.search("Latents first <b> one third three Heads second two Make it again", text)
    assert html.count("<details>") == 3
    assert html.count(".x {}") == html.count(".y {}") == 1
    assert "<details>" not in render("q", [], {}, {}, record)


def test_a_report_holds_pages_of_latents(record: Record, tmp_path: Path) -> None:
    html = write_report(tmp_path, "q", [], [], record, pages=[example(), example(latent=6)]).read_text(encoding="utf8")
    text, fetched = read(html)
    assert "Latents Latent 5 · density 1 %" in text
    assert "Latent 6 · density 1 %" in text
    assert fetched == []
    assert "<script>" not in html


def test_nested_settings_become_dotted_names_and_hashes_are_cut() -> None:
    assert flat({"a": {"b": [1, 2]}, "c": None}) == {"a.b": "1, 2", "c": "None"}
    assert flat({"h": "0123456789abcdef" * 4}) == {"h": "0123456789ab..."}
