"""N-grams as numbers, and contexts before and after a token."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from interp.counts.numbers import after, before, ngrams, require_ids, require_sequences
from interp.errors import ShapeError
from tests.interp.counts.oracle import ROWS, VOCABULARY, letters, number


@settings(deadline=None, max_examples=60)
@given(rows=ROWS, length=st.integers(0, 3), separator=st.sampled_from([None, 0]))
def test_contexts_are_the_tokens_before_unless_the_document_has_fewer(
    rows: list[list[int]], length: int, separator: int | None
) -> None:
    numbers, known = before(torch.tensor(rows), length, VOCABULARY, separator)
    following, also_known = after(torch.tensor(rows), length, VOCABULARY, separator)
    for index, row in enumerate(rows):
        for place in range(len(row) + 1):
            context = tuple(row[place - length : place]) if place >= length else None
            whole = context is not None and separator not in context[1:]
            if place < len(row):
                assert bool(known[index, place]) == whole
                assert not whole or numbers[index, place] == number(context or ())
            if place > 0:
                assert bool(also_known[index, place - 1]) == whole
                assert not whole or following[index, place - 1] == number(context or ())


def test_numbers_are_narrow_where_they_fit() -> None:
    tokens = letters("abc").numpy()
    assert ngrams(tokens, 2, 2**16, None).dtype == np.uint32
    assert ngrams(tokens, 2, 2**16 + 1, None).dtype == np.int64
    assert ngrams(tokens, 2, 3, None).tolist() == [1, 5]
    assert ngrams(tokens, 4, 3, None).tolist() == []


def test_what_is_no_token_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"tokens \[sequence, position\], not \[3\]"):
        require_sequences(torch.arange(3), 4)
    with pytest.raises(ShapeError, match=r"whole numbers, not torch\.float32"):
        require_ids(torch.rand(1, 3), 4)
    with pytest.raises(ShapeError, match=r"whole numbers, not torch\.bool"):
        require_ids(torch.ones(1, 3, dtype=torch.bool), 4)
    with pytest.raises(ShapeError, match=r"not 3 and 9\. The tokenizer is larger than the vocabulary: give"):
        require_ids(torch.tensor([3, 9]), 4)
    require_ids(torch.zeros(0, dtype=torch.long), 4)
