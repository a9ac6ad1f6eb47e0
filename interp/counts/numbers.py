"""N-grams and contexts as numbers: their tokens are digits in base `vocabulary`, the earliest one the highest."""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Integer
from torch import Tensor

from interp.errors import ShapeError

LARGEST = 2**63 - 1
"""The largest number of an n-gram."""


class Contexts(NamedTuple):
    """The tokens before some token, as one number each."""

    numbers: Integer[Tensor, "sequence position"]
    """Their number; of no meaning where they are not `known`."""
    known: Bool[Tensor, "sequence position"]
    """Whether the document has as many tokens there."""


def require_order(vocabulary: int, order: int) -> None:
    """Raises `ShapeError` for n-grams that no number stands for."""
    if order < 1 or vocabulary < 1 or vocabulary**order > LARGEST:
        raise ShapeError(
            f"need an order of at least 1 and vocabulary ** order below 2 ** 63, not a vocabulary of {vocabulary} and "
            f"an order of {order}"
        )


def require_ids(tokens: Tensor, vocabulary: int) -> None:
    """Raises `ShapeError` for what is no token id, or not one of this vocabulary."""
    if tokens.is_floating_point() or tokens.dtype == torch.bool:
        raise ShapeError(f"token ids must be whole numbers, not {tokens.dtype}")
    if not tokens.numel():
        return
    low, high = (int(end) for end in torch.aminmax(tokens.long() if tokens.dtype == torch.uint16 else tokens))
    if low >= 0 and high < vocabulary:
        return
    advice = (
        "A negative id is no token (labels use -100 for what does not count): leave such positions out."
        if low < 0
        else f"The tokenizer is larger than the vocabulary: give vocabulary={high + 1} or more, or take the tokenizer "
        "of the model that the vocabulary belongs to."
    )
    raise ShapeError(f"token ids must lie between 0 and {vocabulary - 1}, not {low} and {high}. {advice}")


def require_sequences(tokens: Tensor, vocabulary: int) -> None:
    """Raises `ShapeError` for tokens that are not [sequence, position] or not of this vocabulary."""
    if tokens.ndim != 2:
        raise ShapeError(f"need tokens [sequence, position], not {list(tokens.shape)}")
    require_ids(tokens, vocabulary)


def ngrams(
    tokens: Integer[np.ndarray, "sequence position"], order: int, vocabulary: int, separator: int | None
) -> Integer[np.ndarray, " ngram"]:
    """The number of every n-gram that lies in one sequence and whose context reaches behind no `separator`.

    A separator may be the first token of an n-gram or the last, but none between. Numbers are uint32 where they fit,
    because those sort in half the time; int64 otherwise.
    """
    kind = np.uint32 if vocabulary**order <= 2**32 else np.int64
    length = max(tokens.shape[1] - order + 1, 0)
    digits = tokens.astype(kind)
    numbers: Integer[np.ndarray, "sequence place"] = digits[:, :length].copy()
    for place in range(1, order):
        np.multiply(numbers, kind(vocabulary), out=numbers)
        np.add(numbers, digits[:, place : place + length], out=numbers)
    if separator is None or order < 3:
        return numbers.ravel()
    inside = np.ones(numbers.shape, dtype=np.bool_)
    for place in range(1, order - 1):
        inside &= digits[:, place : place + length] != separator
    return numbers[inside]


def before(
    tokens: Integer[Tensor, "sequence position"], length: int, vocabulary: int, separator: int | None
) -> Contexts:
    """The `length` tokens before each token. After a `separator`, only it and what follows it are context."""
    numbers = torch.zeros_like(tokens, dtype=torch.int64)
    known = torch.ones_like(tokens, dtype=torch.bool)
    for back in range(length, 0, -1):
        earlier = torch.zeros_like(numbers)
        earlier[:, back:] = tokens[:, : tokens.shape[1] - back]
        numbers = numbers * vocabulary + earlier
        known[:, :back] = False
        if separator is not None and back < length:
            known &= earlier != separator
    return Contexts(numbers, known)


def after(
    tokens: Integer[Tensor, "sequence position"], length: int, vocabulary: int, separator: int | None
) -> Contexts:
    """The last `length` tokens at each position, itself included: the context of the token that follows it."""
    longer = torch.nn.functional.pad(tokens, (0, 1))
    numbers, known = before(longer, length, vocabulary, separator)
    return Contexts(numbers[:, 1:], known[:, 1:])


__all__ = ["LARGEST", "Contexts", "require_order", "require_ids", "require_sequences", "ngrams", "before", "after"]
