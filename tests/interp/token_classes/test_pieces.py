from typing import Any

import pytest

from interp.errors import InterpError, ShapeError
from interp.token_classes import pieces
from tests.interp.token_classes.tokenizers import KINDS, TEXTS, made


@pytest.mark.parametrize("kind", ["byte-level", "sentencepiece", "llama"])
def test_the_pieces_of_a_text_put_together_are_the_text(kind: str) -> None:
    tokenizer = made(kind)
    found = pieces(tokenizer)
    for text in TEXTS:
        if text.isascii():
            ids = tokenizer(text, add_special_tokens=False)["input_ids"]
            assert "".join(found[number] or "?" for number in ids).lstrip(" ") == text


def test_a_wordpiece_that_goes_on_with_a_word_has_no_space() -> None:
    tokenizer = made("wordpiece")
    ids = tokenizer("the cats", add_special_tokens=False)["input_ids"]
    assert "".join(pieces(tokenizer)[number] or "?" for number in ids) == " the cats"
    vocabulary = tokenizer.get_vocab()
    assert [pieces(tokenizer)[vocabulary[token]] for token in ("##ing", "the")] == ["ing", " the"]


@pytest.mark.parametrize("kind", KINDS)
def test_special_tokens_have_no_piece_and_all_others_have(kind: str) -> None:
    tokenizer = made(kind)
    found = pieces(tokenizer)
    assert {number for number, piece in enumerate(found) if piece is None} == set(tokenizer.all_special_ids)


def test_a_byte_that_is_no_character_shows_as_such() -> None:
    tokenizer = made("llama")
    found = pieces(tokenizer)
    vocabulary = tokenizer.get_vocab()
    assert found[vocabulary["<0xE2>"]] == "\ufffd"
    assert found[vocabulary["<0x0A>"]] == "\n"


class Slow:
    """A tokenizer written in Python, of three tokens: a special one, letters, and an id that is left out."""

    all_special_ids = (0,)

    def get_vocab(self) -> dict[str, int]:
        return {"<s>": 0, "ab": 1, "_c": 3}

    def decode(self, ids: list[int], **_: Any) -> str:
        return "".join({1: "ab", 3: " c"}[number] for number in ids)


def test_a_tokenizer_without_a_fast_half_works_too() -> None:
    assert pieces(Slow()) == [None, "ab", None, " c"]
    assert pieces(Slow(), 6) == [None, "ab", None, " c", None, None]


def test_a_vocabulary_that_is_too_small_is_refused() -> None:
    with pytest.raises(ShapeError, match="ids up to 3: a vocabulary of 3 is too small"):
        pieces(Slow(), 3)


def test_a_tokenizer_without_letters_is_refused() -> None:
    class Marks(Slow):
        def decode(self, ids: list[int], **_: Any) -> str:
            return "." * len(ids)

    with pytest.raises(InterpError, match="no token of letters"):
        pieces(Marks())
