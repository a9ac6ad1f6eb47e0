"""The questions that answers are asked for, and what the latents that the paper names must bring into them.

The questions are worded here: of the paper's own we know the topics. What counts as success was laid down before any
answer was seen, from the words of the answers that the paper prints.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

from interp.errors import InterpError

QUESTIONS = (
    "In which country is Mount Fuji?", "Name a famous university.", "Name a tourist attraction.",
    "Suggest a name for a baby girl.", "Suggest something to drink.", "Suggest a dish for dinner.",
)  # fmt: skip
"""What is reported: the paper's, as far as we know them."""
CHOOSING = (
    "Name a capital city.", "In which country was chess invented?", "Suggest a country to visit.", "Name a large city.",
    "In which country is the Eiffel Tower?", "Where is the best food cooked?",
)  # fmt: skip
"""What the strength is chosen on: their answers name countries or cities, so that every trait can show in them."""
SUFFIX = "Directly answer the question"
"""What the paper puts after every question."""
PATTERNS = {
    "Speak Chinese": "[\u4e00-\u9fff]",
    "Russia": "Russia|Moscow|Petersburg|Catherine|Alexandrinsky|Kremlin|Anastasia|[Vv]odka|[Bb]orscht"
    "|\u4fc4\u7f57\u65af|\u83ab\u65af\u79d1",
    "UK": "UK|United Kingdom|Brit|Engl|Scot|London|Oxford|Cambridge|Amelia|Shepherd"
    "|\u82f1\u56fd|\u4f26\u6566|\u725b\u6d25",
}
"""Answers that have each trait, in Latin letters or in Chinese."""


class Case(NamedTuple):
    """Some of the named latents together."""

    name: str
    numbers: tuple[int, ...]
    patterns: tuple[str, ...]


def cases(numbers: Sequence[int]) -> list[Case]:
    """Each latent alone, and Chinese with each country. Raises `InterpError` for another number of latents."""
    if len(numbers) != len(PATTERNS):
        raise InterpError(f"the paper names {len(PATTERNS)} latents ({', '.join(PATTERNS)}): give none or as many")
    single = [Case(name, (number,), (PATTERNS[name],)) for name, number in zip(PATTERNS, numbers, strict=True)]
    pairs = [pair for pair in combinations(single, 2) if pair[0] is single[0]]
    return single + [Case(f"{a.name} and {b.name}", a.numbers + b.numbers, a.patterns + b.patterns) for a, b in pairs]


__all__ = ["CHOOSING", "PATTERNS", "QUESTIONS", "SUFFIX", "Case", "cases"]
