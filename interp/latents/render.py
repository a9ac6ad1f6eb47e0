"""A page as HTML: a part to be put into another document, or a document of its own with several pages."""

from collections.abc import Sequence
from functools import cache
from math import ceil, log10
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from interp.errors import ShapeError
from interp.files import write_text
from interp.latents.context import Context, Token
from interp.latents.marks import PART, runs, sign, visible
from interp.latents.page import Histogram, Page
from interp.latents.words import band_words, chance_words, density_words, label_words, number, said

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

WIDTH, HEIGHT = 240, 60
"""Of the drawings, in their own units."""


class Bar(NamedTuple):
    """A bar of the histogram, in units of the drawing."""

    x: float
    """Left edge."""
    y: float
    """Upper edge."""
    width: float
    """Its width."""
    height: float
    """Its height."""


def write_pages(path: str | Path, pages: Sequence[Page], title: str = "Latents") -> Path:
    """Write one self-contained HTML file with the pages, folded when there are several. Raises `FileError`."""
    write_text(Path(path), document(pages, title))
    return Path(path)


def document(pages: Sequence[Page], title: str = "Latents") -> str:
    """The pages as one HTML document that fetches nothing. Raises `ShapeError` for no pages."""
    if not pages:
        raise ShapeError("there are no pages to show")
    return _rooms().get_template("document.html").render(pages=pages, title=title, style=style())


def body(page: Page) -> str:
    """The page as a part of a document, with everything that comes from outside escaped. It needs `style()`."""
    return (
        _rooms()
        .get_template("page.html")
        .render(
            page=page,
            said=said(page),
            density=density_words(page),
            decades=_decades(page.rows),
            at=None if page.dead else _at(page.density, page.rows),
            number=number,
            bars=None if page.histogram is None else bars(page.histogram),
            tallest=None if page.histogram is None else max(page.histogram.counts),
            label=label_words(page) if page.labelled else None,
            chance=chance_words(page),
            band_words=band_words,
            text=lambda one: text(one, page.highest or 1.0),
            token=lambda one: marked(one.text),
            size=(WIDTH, HEIGHT),
        )
    )


@cache
def style() -> str:
    """The style sheet of pages; every rule begins with `.latent`, so that it changes nothing else."""
    return (Path(__file__).parent / "page.css").read_text(encoding="utf8")


def title(page: Page) -> str:
    """One line: number, density, and the label or else the strongest token."""
    parts = [f"Latent {page.latent}", "dead here" if page.dead else f"density {100 * page.density:.3g} %"]
    if page.label is not None:
        parts.append(page.label.name)
    if page.top:
        parts.append(f"strongest at “{visible(page.top[0].token.text) or PART}”")
    return " · ".join(parts)


def text(one: Context, highest: float) -> "Markup":
    """The tokens of a context, coloured by activation; the marked one is bold and underlined as well.

    What the browser copies is the tokens' text, to the character.
    """
    from markupsafe import Markup

    return Markup().join(_token(token, place == one.peak, highest) for place, token in enumerate(one.tokens))


def marked(characters: str) -> "Markup":
    """Text in which spaces have a dot and hidden characters a sign, both drawn by the style sheet alone."""
    from markupsafe import Markup, escape

    if not characters:
        return Markup('<i data-sign="{}"></i>').format(PART)
    found = []
    for kind, part in runs(characters):
        if kind == "plain":
            found.append(escape(part))
        elif kind == "space":
            found.append(Markup("<s> </s>"))
        else:
            found.append(Markup('<i data-sign="{}">{}</i>').format(sign(part), _carried(part)))
    return Markup().join(found)


def bars(histogram: Histogram) -> list[Bar]:
    """The bars, the tallest as high as the drawing; no row, no bar, and a single row is still to be seen."""
    wide, tallest = WIDTH / len(histogram.counts), max(histogram.counts)
    heights = [max(HEIGHT * count / tallest, 1.0) if count else 0.0 for count in histogram.counts]
    return [
        Bar(round(place * wide, 2), round(HEIGHT - height, 2), round(wide - 1, 2), round(height, 2))
        for place, height in enumerate(heights)
        if height
    ]


def _token(token: Token, peak: bool, highest: float) -> "Markup":
    from markupsafe import Markup

    inside = marked(token.text)
    if token.activation is None:
        return Markup('<span class="apart" title="no activation was kept here">{}</span>').format(inside)
    if not token.activation:
        return Markup("<span>{}</span>").format(inside)
    share = max(0.08, min(token.activation / highest, 1.0))
    opening = Markup(
        '<b style="--share: {:.2f}" title="{}">{}</b>' if peak else '<span style="--share: {:.2f}" title="{}">{}</span>'
    )
    return opening.format(share, number(token.activation), inside)


def _carried(character: str) -> "Markup | str":
    """The character as HTML can carry it: it has no NUL and no halves of characters, and takes CR for a line break."""
    from markupsafe import Markup

    if character == "\0" or "\ud800" <= character <= "\udfff":
        return PART
    return Markup("&#13;") if character == "\r" else character


def _decades(rows: int) -> list[tuple[float, str]]:
    """Places and names of the powers of ten on the scale of densities, from one row of all to every row."""
    count = max(1, ceil(log10(rows)))
    return [
        (WIDTH * place / count, f"10⁻{_raised(count - place)}" if place < count else "1") for place in range(count + 1)
    ]


def _at(density: float, rows: int) -> float:
    """Where a density stands on that scale."""
    count = max(1, ceil(log10(rows)))
    return round(WIDTH * (1 + log10(density) / count), 2)


def _raised(whole: int) -> str:
    return str(whole).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


@cache
def _rooms() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


__all__ = ["Bar", "bars", "body", "document", "marked", "style", "text", "title", "write_pages"]
