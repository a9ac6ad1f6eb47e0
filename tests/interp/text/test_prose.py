import inspect

import pytest

from interp.text.prose import is_prose, paragraphs

SENTENCE = "The weights of the layer are read once, before the first step, and never again."


def found(docstring: str) -> list[str]:
    return list(paragraphs(inspect.cleandoc(docstring)))


def test_a_paragraph_ends_at_a_blank_line_and_is_put_on_one_line() -> None:
    assert found("One (or so)\n  two   three\nfour.\n\n   \nFive.\n") == ["One (or so) two three", "four.", "Five."]
    assert found("One\ntwo   three.\n\n\nFour.") == ["One two three.", "Four."]


def test_headings_above_a_rule_are_left_out_and_tables_are_cut() -> None:
    assert found("Notes\n-----\nThe text.\n\nSee Also\n========\nMore.") == ["The text.", "More."]
    assert found("Before.\n\n=====  =====\nname   value\n=====  =====\na      1\n=====  =====\nAfter.") == [
        "Before.",
        "After.",
    ]


def test_descriptions_of_parameters_are_paragraphs_without_their_names() -> None:
    numpy_style = """
    Parameters
    ----------
    x, y : array_like
        The points that
        are fitted.
    **kwargs
        The rest.
    """
    assert found(numpy_style) == ["x, y : array_like", "The points that are fitted.", "**kwargs", "The rest."]
    google_style = """
    Args:
        x (int, optional): The number
            of steps.
        y: The rest.
    """
    assert found(google_style) == ["Args:", "The number of steps.", "The rest."]
    assert found(":param x: The number\n    of steps.\n:returns: The rest.") == ["The number of steps.", "The rest."]


def test_items_of_a_list_are_paragraphs_without_their_bullets() -> None:
    assert found("They are:\n- The one,\n  which is long.\n* The other.\n2. Third: none.") == [
        "They are:",
        "The one, which is long.",
        "The other.",
        "none.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        SENTENCE,
        "Don't read well-known files twice: it's slow, and it's not needed for anything here at all.",
        'He said that the weights of the layer are read once, and never again after the "first step."',
        "The weights are read `once`, and `never` again, however many steps of training there may be (or not).",
    ],
)
def test_english_sentences_are_prose(text: str) -> None:
    assert is_prose(text)


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("empty", ""),
        ("eleven words", "The wonderful weights of several enormous layers are certainly read once."),
        ("59 characters", "A b c d e f g h i j k l m n o p q r s t u v w x y z aa bbb."),
        ("small letter first", SENTENCE[0].lower() + SENTENCE[1:]),
        ("no stop", SENTENCE[:-1]),
        ("a colon for a stop", SENTENCE[:-1] + ":"),
        ("a doctest", "The weights >>> of the layer are read once, before the first step, and never again."),
        ("a URL", "The weights of the layer at https://example.org are read once, before the first step."),
        ("a character that cannot be printed", "The \ud800 weights " + SENTENCE),
        (
            "a quarter of the words numbers",
            "The 1 is 2 and 3 is 4 or then at last 5 and it may be six or seven, not 8.",
        ),
    ],
)
def test_other_paragraphs_are_not(why: str, text: str) -> None:
    assert not is_prose(text), why


def test_the_shares_are_counted_exactly() -> None:
    words = ["Alphabet"] * 12 + ["x1"] * 3
    assert is_prose(" ".join(words) + ".")
    assert not is_prose(" ".join([*words, "x1"]) + ".")
    assert len(a := "A b c d e f g h i j k l m n o p q r s t u v w x y z aa bbbb.") == 60
    assert is_prose(a)
