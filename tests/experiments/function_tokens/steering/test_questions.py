import re

import pytest

from experiments.function_tokens.steering.questions import CHOOSING, PATTERNS, QUESTIONS, cases
from interp.errors import InterpError


def test_each_latent_alone_and_chinese_with_each_country() -> None:
    found = cases((7, 8, 9))
    assert [case.name for case in found] == [
        "Speak Chinese", "Russia", "UK", "Speak Chinese and Russia", "Speak Chinese and UK",
    ]  # fmt: skip
    assert found[-1].numbers == (7, 9)
    assert found[-1].patterns == (PATTERNS["Speak Chinese"], PATTERNS["UK"])
    with pytest.raises(InterpError, match="give none or as many"):
        cases((7, 8))


def test_strengths_are_chosen_on_other_questions_than_those_that_are_reported() -> None:
    assert not set(CHOOSING) & set(QUESTIONS)


def test_the_papers_answers_have_their_traits_and_plain_ones_have_not() -> None:
    answers = {
        "Speak Chinese": ("\u65e5\u672c", "\u54c8\u4f5b\u5927\u5b66", "\u610f\u5927\u5229\u9762"),
        "Russia": ("Moscow State University", "Catherine Palace", "Alexandrinsky Theatre", "Vodka Martini", "Borscht"),
        "UK": ("\u82f1\u56fd", "\u725b\u6d25", "\u4f26\u6566\u773c", "Amelia", "Scotch", "Shepherd's Pie"),
    }
    for name, texts in answers.items():
        assert all(re.search(PATTERNS[name], text) for text in texts)
    for text in ("Japan", "Harvard", "Eiffel Tower", "Eleanor", "Sake", "Spaghetti"):
        assert not any(re.search(pattern, text) for pattern in PATTERNS.values())
