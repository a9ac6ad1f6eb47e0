"""Which paragraphs of a docstring are prose: English sentences, not signatures, lists, tables or code."""

import re
from collections.abc import Iterator

_RULE = re.compile(r"""[=\-~^"'*#+`.:_\s|]{3,}""")
"""A line that underlines a heading or borders a table."""
_TERM = re.compile(r"\s*[*\w][*\w, ]*( : .*|:)?")
"""A line that names what the deeper lines below it describe: "Args:", "x, y : array_like", "**kwargs"."""
_ITEM = re.compile(r"\s*([-*+\u2022] |\d+[.)] |:\w+[^:]*:|\.\. )")
"""How an item of a list, a field and a directive begin."""
_LABEL = re.compile(r"([-*+\u2022] +|\d+[.)] +)?((\*{0,2}`{0,2}\w+`{0,2}( \(.*?\))?|:\w+[^:]*): +)?")
"""What stands before the text in "- The ...", "x (int, optional): The ..." and ":param x: The ..."."""
_BESIDE_WORDS = ".,;:!?()'\"\u201c\u201d\u2018\u2019"
_INSIDE_WORDS = str.maketrans("", "", "-'\u2019")
_NOT_PROSE = (">>>", "://", "www.")


def paragraphs(docstring: str) -> Iterator[str]:
    """The paragraphs of a cleaned docstring, each on one line.

    A paragraph ends at a blank line, at a rule, before a line that is indented less or begins an item of a list, and
    after a term whose description is indented more. Left out are headings ("Notes" above "-----"), bullets, and names
    before descriptions.
    """
    lines: list[str] = []
    for line in [*docstring.expandtabs().splitlines(), ""]:
        ruled = _RULE.fullmatch(line) is not None
        if ruled and lines:
            lines.pop()
        if lines and (ruled or not line.strip() or _ends(lines, line)):
            yield _unlabelled(" ".join(" ".join(lines).split()))
            lines = []
        if not ruled and line.strip():
            lines.append(line)


def _ends(lines: list[str], line: str) -> bool:
    """Whether a paragraph of `lines` ends before `line`."""
    if _ITEM.match(line):
        return True
    deeper = _indent(line) - _indent(lines[-1])
    return deeper < 0 or (deeper > 0 and len(lines) == 1 and _TERM.fullmatch(lines[0]) is not None)


def _unlabelled(paragraph: str) -> str:
    label = _LABEL.match(paragraph)
    return paragraph[label.end() :] if label else paragraph


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def is_prose(paragraph: str) -> bool:
    """Whether a paragraph on one line reads as English sentences.

    It has at least 12 words and 60 characters, 80 % of the words alphabetic (beside their punctuation; "don't" and
    "well-known" are), a capital at its start, a stop at its end, no doctest, no URL, and can be printed.
    """
    words = paragraph.split()
    if len(words) < 12 or len(paragraph) < 60 or not paragraph.isprintable():
        return False
    if not paragraph[0].isupper() or not paragraph.rstrip("\"')\u201d\u2019").endswith((".", "!", "?")):
        return False
    if any(mark in paragraph for mark in _NOT_PROSE):
        return False
    return 5 * sum(map(_is_alphabetic, words)) >= 4 * len(words)


def _is_alphabetic(word: str) -> bool:
    return word.strip(_BESIDE_WORDS).translate(_INSIDE_WORDS).isalpha()


__all__ = ["is_prose", "paragraphs"]
