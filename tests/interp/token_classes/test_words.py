from pathlib import Path
from typing import Any

import pytest

import interp
from interp.token_classes import pieces, word_initial
from tests.interp.token_classes.tokenizers import KINDS, made

SHARED = Path(__file__).parents[3].parent / "shared" / "data"
LINE = "the cats sat on the mat and the talking dog talked"


def beginnings(tokenizer: Any, text: str) -> list[bool]:
    """The slow way: of every token of a text of words and single spaces, whether a word begins where it begins."""
    offsets = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
    return [text[start:stop].startswith(" ") or text[start - 1 : start] == " " for start, stop in offsets]


@pytest.mark.parametrize("kind", ["byte-level", "wordpiece"])
def test_flags_agree_with_where_words_begin_in_a_text(kind: str) -> None:
    tokenizer = made(kind)
    ids = tokenizer(LINE, add_special_tokens=False)["input_ids"]
    found = word_initial(tokenizer)[ids].tolist()
    assert found[1:] == beginnings(tokenizer, LINE)[1:]
    assert sum(found) >= len(LINE.split()) - 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_word_is_flagged_whatever_marks_a_tokenizer_uses(kind: str) -> None:
    found = dict(zip(pieces(made(kind)), word_initial(made(kind)).tolist(), strict=True))
    assert found[" the"]
    assert found[" cat"]
    assert not any(found[piece] for piece in ("an", "in", "s", ",", ".", "'", " ", "the", None) if piece in found)


@pytest.mark.parametrize("kind", KINDS)
def test_special_tokens_begin_no_word(kind: str) -> None:
    tokenizer = made(kind)
    assert not word_initial(tokenizer)[tokenizer.all_special_ids].any()


def test_marks_space_and_parts_of_characters_begin_no_word_and_digits_do() -> None:
    found = dict(zip(pieces(made("byte-level")), word_initial(made("byte-level")).tolist(), strict=True))
    assert found[" 3"]
    assert not any(found[piece] for piece in (" (", " \ufffd", " \u201c", " ", "\n", "3", "'s"))


def test_ids_that_only_the_model_has_begin_no_word() -> None:
    tokenizer = made("byte-level")
    found = word_initial(tokenizer, 400)
    assert found.shape == (400,)
    assert found[: len(tokenizer)].equal(word_initial(tokenizer))
    assert not found[len(tokenizer) :].any()


@pytest.mark.shared
@pytest.mark.skipif(not (SHARED / "stories260k").exists(), reason="the real data is not beside the project")
def test_the_words_of_a_pretrained_tokenizer_begin_where_a_text_has_spaces() -> None:
    tokenizer = interp.load(SHARED / "stories260k").tokenizer
    ids = tokenizer("Once upon a time there was a little girl", add_special_tokens=False)["input_ids"]
    flags = word_initial(tokenizer)[ids].tolist()
    found = pieces(tokenizer)
    assert "".join(found[number] or "" for number in ids) == " Once upon a time there was a little girl"
    assert flags == [bool((found[number] or "").strip()) and (found[number] or "").startswith(" ") for number in ids]
    assert sum(flags) >= 6
