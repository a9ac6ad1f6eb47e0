"""Characters that cannot be seen, made visible: for people in words, for HTML without changing what is copied."""

import unicodedata
from itertools import groupby

PART = "\ufffd"
"""Stands for a token that is only the beginning of a character."""

_SIGNS = {"\n": "↵", "\t": "→"}


def hidden(character: str) -> bool:
    """Whether a character leaves no trace on the screen, or confuses its surroundings; the space is not one."""
    return character != " " and (unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp", "Zs"})


def sign(character: str) -> str:
    """What stands for a hidden character: an arrow for line breaks and tabs, a code for others."""
    return _SIGNS.get(character, f"U+{ord(character):04X}")


def visible(text: str) -> str:
    """One line of plain text that shows everything but spaces as it is."""
    return "".join(_word(character) if hidden(character) else character for character in text)


def runs(text: str) -> list[tuple[str, str]]:
    """The text in parts of one kind: "plain", or a single "space" or "hidden" character."""
    found = []
    for kind, group in groupby(text, key=_kind):
        part = "".join(group)
        found += [(kind, part)] if kind == "plain" else [(kind, one) for one in part]
    return found


def _kind(character: str) -> str:
    if character == " ":
        return "space"
    return "hidden" if hidden(character) else "plain"


def _word(character: str) -> str:
    known = _SIGNS.get(character)
    return known or f"<{sign(character)}>"


__all__ = ["PART", "hidden", "runs", "sign", "visible"]
