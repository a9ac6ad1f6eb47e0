"""Counting from its definition: a dictionary that looks at one token at a time."""

from collections import Counter

import torch
from hypothesis import strategies as st
from torch import Tensor

VOCABULARY = 5
ROWS = st.integers(1, 9).flatmap(
    lambda length: st.lists(st.lists(st.integers(0, 3), min_size=length, max_size=length), min_size=1, max_size=4)
)
"""Sequences of one length over fewer tokens than the vocabulary has."""


def counted(rows: list[list[int]], order: int, separator: int | None) -> dict[tuple[int, ...], int]:
    """How often each n-gram is there."""
    found: Counter[tuple[int, ...]] = Counter()
    for row in rows:
        for end in range(order, len(row) + 1):
            ngram = tuple(row[end - order : end])
            if separator not in ngram[1:-1]:
                found[ngram] += 1
    return found


def number(digits: tuple[int, ...], vocabulary: int = VOCABULARY) -> int:
    """The number whose digits they are."""
    value = 0
    for digit in digits:
        value = value * vocabulary + digit
    return value


def letters(*texts: str) -> Tensor:
    """Letters as tokens: a = 0, b = 1 ..."""
    return torch.tensor([[ord(letter) - ord("a") for letter in text] for text in texts])
