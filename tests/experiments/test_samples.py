from experiments.samples import Sample, pages
from interp.report import Leaf
from tests.experiments.bigrams.necessity.test_findings import metrics


def test_there_is_a_page_for_every_prompt() -> None:
    found = pages(metrics())
    assert [page.title for page in found] == ["a <b>", "e"]
    assert all(isinstance(page, Leaf) and page.heading == "What is written" for page in found)


def test_what_was_written_is_escaped_and_keeps_its_lines() -> None:
    page = Sample("a\n b", {"full <model>": "c & d\ne"})
    assert page.title == "a b"
    assert "<th>full &lt;model&gt;</th><td>c &amp; d\ne</td>" in page.body
