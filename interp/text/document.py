"""A text with a name: the unit that splits keep whole."""

from typing import NamedTuple


class Document(NamedTuple):
    """A text and where it can be found again."""

    name: str
    """For people: "torch.nn.modules.linear", "story.txt:120", "wikitext[7]"."""
    text: str
    """The text, as it was read."""


__all__ = ["Document"]
