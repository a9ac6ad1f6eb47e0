"""Curves by depth that the papers print, in per cent of squares, with the depth (blocks applied) of each point.

Nanda et al. print all rows of their table 1 under the same headings, but the rows cannot share one meaning: the rows
for black and white start at the majority floor and agree with Li et al. one block later, so they begin at depth 0,
while mine/yours was read after each block and begins at depth 1.
"""

from typing import NamedTuple


class Published(NamedTuple):
    """One printed row."""

    source: str
    """Paper and table or figure."""
    first: int
    """Depth of the first number."""
    values: tuple[float, ...]
    """Per cent of squares read right."""


LINEAR_MINE = Published(
    "Nanda et al. 2023, table 1", 1, (90.9, 94.8, 97.2, 98.3, 99.0, 99.4, 99.6, 99.5)
)  # fmt: skip
LINEAR_COLOUR = Published(
    "Nanda et al. 2023, table 1", 0, (62.2, 74.8, 74.9, 75.0, 75.0, 74.9, 74.8, 74.4)
)  # fmt: skip
MLP_COLOUR = Published("Nanda et al. 2023, table 1", 0, (63.4, 88.6, 93.3, 96.3, 97.5, 98.3, 98.7, 98.3))
LINEAR_BEFORE = Published(
    "Du et al. 2025, figure 2 (seed 9999)", 0, (62.10, 82.11, 87.84, 90.12, 91.62, 92.63, 93.03, 93.06)
)  # fmt: skip
RANDOM_COLOUR = Published("Li et al. 2023, table 1", 1, (73.3, 72.9, 72.4, 72.0, 71.7, 71.5, 71.3, 71.1))
MLP_COLOUR_LI = Published("Li et al. 2023, table 2", 1, (88.7, 92.5, 95.2, 96.6, 97.6, 98.2, 98.3, 95.4))

__all__ = [
    "LINEAR_BEFORE", "LINEAR_COLOUR", "LINEAR_MINE", "MLP_COLOUR", "MLP_COLOUR_LI", "Published", "RANDOM_COLOUR",
]  # fmt: skip
