"""The report of one run: a single HTML file to show to a colleague."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import matplotlib.figure


class Panel(NamedTuple):
    """A figure of a report."""

    name: str
    """The file name of the picture without ending: "by_depth"."""
    figure: "matplotlib.figure.Figure"
    """Drawn with `interp.plots`."""
    caption: str
    """What one sees, in a sentence or two."""
