import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from interp.errors import ShapeError
from interp.latents.page import Histogram, Page
from interp.latents.render import WIDTH, bars, body, document, style, text, write_pages
from tests.interp.latents.made import example
from tests.interp.latents.test_page import PAGES


class Text(HTMLParser):
    """Checks that tags are balanced; collects all text, and that inside elements of one class."""

    def __init__(self, wanted: str = "text") -> None:
        super().__init__()
        self.open: list[str] = []
        self.wanted, self.depth = wanted, 0
        self.found: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "meta":
            return
        self.open.append(tag)
        given = dict(attrs)
        self.fetched += [str(given[key]) for key in ("src", "href") if key in given]
        if given.get("class") == self.wanted and not self.depth:
            self.depth = len(self.open)
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if len(self.open) < self.depth:
            self.depth = 0

    def handle_data(self, data: str) -> None:
        if self.depth:
            self.found[-1] += data


def read(html: str) -> Text:
    reader = Text()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_a_whole_document_that_fetches_nothing(page: Page) -> None:
    html = document([page])
    assert read(html).fetched == []
    assert "url(" not in html
    assert "@import" not in html
    assert "<script" not in html


def test_what_is_copied_is_the_text_of_the_tokens() -> None:
    (one,) = example().top
    found = read(body(example())).found
    assert found == 2 * ["".join(token.text for token in one.tokens).replace("\0", "\ufffd")]


def test_the_marked_token_shows_without_colour_and_others_by_their_share() -> None:
    html = str(text(example().top[0], 2.0))
    assert html.count("<b ") == 1
    assert '<b style="--share: 1.00" title="2">' in html
    assert '<span style="--share: 0.25" title="0.5">&lt;script&gt;</span>' in html
    assert '<span class="apart" title="no activation was kept here">&lt;s&gt;</span>' in html
    assert re.search(r"\.text > b \{[^}]*underline", style())


def test_hidden_characters_have_signs_that_are_not_text() -> None:
    html = str(text(example().top[0], 2.0))
    for wanted in ('<i data-sign="↵">\n</i>', '<i data-sign="U+000D">&#13;</i>', '<i data-sign="U+202E">', "<s> </s>",
                   '<i data-sign="\ufffd"></i>', '<i data-sign="U+0000">\ufffd</i>'):  # fmt: skip
        assert wanted in html, wanted


def test_what_comes_from_outside_is_escaped() -> None:
    html = document([example(model="<u>m", data='"<u>', dictionary="<u>")], "<u>")
    assert "<u>" not in html
    assert "<i>story" not in html


def test_the_styles_touch_nothing_but_pages() -> None:
    rules = re.sub(r"@media[^{]*\{", "", style())
    selectors = [one for group in re.findall(r"([^{}]+)\{", rules) for one in group.split(",")]
    assert selectors
    assert all(one.strip().startswith(".latent") for one in selectors), selectors


def test_both_colour_schemes_define_the_same_colours() -> None:
    light, dark = re.findall(r"\.latent \{([^}]*--l-ink[^}]*)\}", style())
    names = [set(re.findall(r"(--l-\w+):", one)) for one in (light, dark)]
    assert names[0] == names[1]


def test_a_bar_is_as_high_as_its_count_and_a_single_row_is_seen() -> None:
    found = bars(Histogram((0.0, 1.0, 2.0, 3.0), (1000, 0, 1)))
    assert [(bar.x, bar.height) for bar in found] == [(0, 60), (WIDTH * 2 / 3, 1)]


def test_a_density_stands_in_its_decade() -> None:
    html = body(example())  # 10 of 1000 rows: two of three decades below 1
    assert f'cx="{WIDTH / 3:.1f}"' in html
    for name in ("10⁻³", "10⁻²", "10⁻¹"):
        assert name in html
    assert "<circle" not in body(PAGES[2])
    assert 'cx="240.0"' in body(example(rows=1, fired=1))


def test_a_dead_latent_says_so_and_shows_no_context() -> None:
    html = body(PAGES[2])
    assert "It fired in none of the 1,000 rows" in html
    assert "<ol>" not in html


def test_several_pages_are_folded_and_one_is_open(tmp_path: Path) -> None:
    path = write_pages(tmp_path / "latents.html", PAGES, "Some")
    html = path.read_text(encoding="utf8")
    assert html.count("<details>") == 3
    assert html.count("<style>") == 1
    assert "<details open>" in document(PAGES[:1])
    with pytest.raises(ShapeError, match="no pages"):
        document([])


def test_a_notebook_gets_the_page_with_its_style() -> None:
    html = example()._repr_html_()
    assert html.startswith("<style>")
    assert '<article class="latent">' in html
