"""Which tokens begin a word."""

import re
from typing import Any

import torch
from jaxtyping import Bool
from torch import Tensor

from interp.token_classes.pieces import pieces

_BEGINS = re.compile(r"\s+[^\w\s]*[^\W_]")
"""White space, then perhaps an opening mark, then a letter or digit."""


def word_initial(tokenizer: Any, vocabulary: int | None = None) -> Bool[Tensor, " token"]:
    """Of each token id, whether it begins a word: put after a word, white space comes before its first letter.

    True for " the", " (the" and " 3"; false for "ing", "'s", "-based", for marks and white space alone, for special
    tokens, and for a space with only some bytes of a character after it. A token without a space begins a word too
    where it comes after a line break or a bracket: that depends on the place, not on the token, and is false here.
    `vocabulary` is the model's where that is larger than the tokenizer's. Raises as `pieces` does.
    """
    found = pieces(tokenizer, vocabulary)
    return torch.tensor([piece is not None and _BEGINS.match(piece) is not None for piece in found])


__all__ = ["word_initial"]
