"""What each token adds to a text, found by decoding it after a word: markers of tokenizers are not looked at."""

from collections.abc import Iterable, Sequence
from typing import Any

from interp.errors import InterpError, ShapeError

Pieces = list[str | None]
"""By token id, the text that the token adds; None for special tokens and ids that stand for nothing."""


def pieces(tokenizer: Any, vocabulary: int | None = None) -> Pieces:
    """What each token adds to a text that ends inside a word: " the" for a token that begins a word, "ing" for one
    that goes on with it.

    Tokens are decoded after a token of letters, because at the start of a text some tokenizers leave out the space
    of the first word (SentencePiece) and others the mark of a continuation has no meaning (WordPiece). Bytes that are
    no whole character show as "\ufffd". `vocabulary` is the length of the list, by default the tokenizer's own.
    Raises `ShapeError` when it is too small, `InterpError` for a tokenizer without a token of letters.
    """
    ids = sorted(set(tokenizer.get_vocab().values()))
    size = (ids[-1] + 1 if ids else 0) if vocabulary is None else vocabulary
    if not ids or ids[-1] >= size:
        raise ShapeError(f"the tokenizer has ids up to {ids[-1] if ids else -1}: a vocabulary of {size} is too small")
    special = _special(tokenizer)
    plain = [number for number in ids if number not in special]
    word, text = _word(tokenizer, plain)
    found: Pieces = [None] * size
    for number, both in zip(plain, _decoded(tokenizer, [[word, number] for number in plain]), strict=True):
        found[number] = both.removeprefix(text) if both.startswith(text) else None
    return found


def _word(tokenizer: Any, ids: Sequence[int]) -> tuple[int, str]:
    """A token of letters only, and its text: what is decoded after it goes on with a word or comes after it.

    Of two letters where there is one, because single letters may be bytes, which some decoders join to the next.
    """
    found = zip(ids, _decoded(tokenizer, [[number] for number in ids]), strict=True)
    letters = [(number, text) for number, text in found if text.isascii() and text.strip().isalpha()]
    if not letters:
        raise InterpError("the tokenizer has no token of letters, after which the others could be decoded")
    return next((one for one in letters if len(one[1].strip()) > 1), letters[0])


def _special(tokenizer: Any) -> set[int]:
    """Ids of tokens that are no text."""
    added = getattr(tokenizer, "added_tokens_decoder", {})
    return {*tokenizer.all_special_ids, *(number for number, token in added.items() if token.special)}


def _decoded(tokenizer: Any, rows: Iterable[Sequence[int]]) -> list[str]:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:  # a tokenizer written in Python: one row at a time
        return [tokenizer.decode(row, clean_up_tokenization_spaces=False) for row in rows]
    found: list[str] = backend.decode_batch([list(row) for row in rows], skip_special_tokens=False)
    return found


__all__ = ["Pieces", "pieces"]
