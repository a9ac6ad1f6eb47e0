"""The report of one run: a single HTML file to show to a colleague, with its figures inside."""

import base64
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from interp.files import write_bytes, write_text
from interp.findings import Row
from interp.ledger import show, show_range
from interp.records import Record

if TYPE_CHECKING:
    import matplotlib.figure


class Panel(NamedTuple):
    """A figure of a report."""

    name: str
    """The file name of the picture without ending: "by_depth"."""
    figure: "matplotlib.figure.FigureBase"
    """Drawn with `interp.plots`; `ax.figure`."""
    caption: str
    """What one sees, in a sentence or two."""


@runtime_checkable
class Leaf(Protocol):
    """Something that has a page of its own, which a report shows folded: a latent (`interp.latents.page.Page`)."""

    @property
    def heading(self) -> str:
        """The heading under which leaves of this kind stand together: "Latents"."""

    @property
    def title(self) -> str:
        """The one line that is seen of it while it is folded; it is escaped."""

    @property
    def style(self) -> str:
        """The style sheet of the body, which must leave the rest of the report alone; leaves may share one."""

    @property
    def body(self) -> str:
        """The page as HTML. It is put in as it is: what comes from outside must be escaped in it."""


def write_report(
    folder: Path,
    question: str,
    rows: Sequence[Row],
    panels: Sequence[Panel],
    record: Record,
    *,
    pages: Sequence[Leaf] = (),
) -> Path:
    """Write `figures/<name>.png` and the self-contained `report.html` into `folder`; the path of the latter.

    `rows` are the findings that this run measured, judged on this run alone; `pages` follow the figures, folded.
    Raises `FileError`.
    """
    from interp.plots import png

    pictures = {panel.name: png(panel.figure) for panel in panels}
    for name, picture in pictures.items():
        write_bytes(folder / "figures" / f"{name}.png", picture)
    captions = {panel.name: panel.caption for panel in panels}
    write_text(folder / "report.html", render(question, rows, pictures, captions, record, pages))
    return folder / "report.html"


def render(
    question: str,
    rows: Sequence[Row],
    pictures: Mapping[str, bytes],
    captions: Mapping[str, str],
    record: Record,
    pages: Sequence[Leaf] = (),
) -> str:
    """The HTML of a report. `pictures` are PNG bytes by name; everything from outside is escaped but pages' bodies."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    rooms = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    figures = [(base64.b64encode(p).decode(), _width(p), captions[name]) for name, p in pictures.items()]
    run = record.run
    return rooms.get_template("report.html").render(
        run=run,
        question=question,
        rows=rows,
        figures=figures,
        leaves={heading: [page for page in pages if page.heading == heading] for heading in _headings(pages)},
        styles=list(dict.fromkeys(page.style for page in pages)),
        show=show,
        show_range=show_range,
        tables={"Settings": flat(run["settings"]), "Run": _about(run), "Versions": run["versions"]},
    )


def flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """A nested mapping as one level of dotted names with printed values; hashes cut to 12 digits."""
    lines: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            lines |= flat(value, f"{prefix}{key}.")
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            lines[prefix + key] = re.sub(r"\b([0-9a-f]{12})[0-9a-f]{28,}\b", r"\1...", text)
    return lines


def _headings(pages: Sequence[Leaf]) -> list[str]:
    return list(dict.fromkeys(page.heading for page in pages))


def _width(picture: bytes) -> int:
    """The width in CSS pixels at which text in the picture has the size it was drawn for."""
    from interp.plots import DPI

    return int.from_bytes(picture[16:20]) * 96 // DPI


def _about(run: Mapping[str, Any]) -> dict[str, str]:
    git = run["git"]
    code = f"{git['commit'][:12]}{' with local changes' if git['dirty'] else ''}" if git else "not under git"
    return {
        "started": run["started"],
        "took": f"{run['wall_seconds']:,.1f} s",
        "device": f"{run['device']} ({run['device_name']}), {run['dtype']}, {run['threads']} threads",
        "seed": str(run["seed"]),
        "code": code,
        "settings": run["identity"][:12],
        **flat(run["facts"]),
    }


__all__ = ["Leaf", "Panel", "flat", "render", "write_report"]
