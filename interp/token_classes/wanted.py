"""The tokens that words stand for."""

from collections import defaultdict
from collections.abc import Sequence

import torch
from jaxtyping import Int64
from torch import Tensor

from interp.errors import ShapeError, unknown
from interp.token_classes.pieces import Pieces


def wanted(pieces: Pieces, words: Sequence[str], *, skip_missing: bool) -> Int64[Tensor, " member"]:
    """The ids of the tokens whose text is one of `words`, with or without a space before it; in the order of words.

    Raises `ShapeError` for no words and for one string in place of several, `UnknownNameError` for a word that is no
    single token.
    """
    if isinstance(words, str) or not words:
        raise ShapeError(f"need a list of words, not {words!r}")
    ids: defaultdict[str, list[int]] = defaultdict(list)
    for number, piece in enumerate(pieces):
        if piece:
            for word in {piece, piece.removeprefix(" ")} - {""}:
                ids[word].append(number)
    missing = [word for word in words if word not in ids]
    if missing and not skip_missing:
        hint = f"{len(missing)} of {len(words)} words are no single token; skip_missing=True leaves them out."
        raise unknown("token", missing[0], ids, hint=hint)
    found = dict.fromkeys(number for word in words if word in ids for number in ids[word])
    return torch.tensor(list(found), dtype=torch.int64)


__all__ = ["wanted"]
