from typing import Any

import pytest
import torch

from interp import ShapeError
from interp.retrieval.prompts import Prompts, cut
from interp.sequences import Sequences

FUNCTION = torch.tensor([True, True, False, False, False, False])
"""Tokens 0 and 1."""


def sequences(rows: list[list[int]], documents: list[list[int]] | None = None) -> Sequences:
    tokens = torch.tensor(rows)
    found = Sequences.of(tokens)
    if documents is None:
        return found
    return Sequences(tokens, torch.tensor(documents), found.places, found.kept, "text")


def test_the_latest_prompt_ends_in_a_token_of_the_class() -> None:
    found = cut(sequences([[5, 0, 4, 1, 3, 2], [2, 3, 4, 5, 4, 3], [0, 2, 2, 2, 2, 0]]), 3, FUNCTION)
    assert found.tokens.tolist() == [[0, 4, 1], [2, 2, 0]]
    assert found.at.tolist() == [2, 2]
    assert found.documents.tolist() == [0, 2]


def test_class_of_the_steered_and_of_the_last_token_are_set_apart() -> None:
    text = sequences([[5, 0, 4, 1, 3, 2, 0, 5]])
    found = cut(text, 4, ~FUNCTION, ends=FUNCTION, distance=2)
    assert found.tokens.tolist() == [[1, 3, 2, 0]]
    assert found.at.tolist() == [1]
    found = cut(text, 4, FUNCTION, ends=FUNCTION, distance=3)
    assert found.tokens.tolist() == [[1, 3, 2, 0]]
    assert found.at.tolist() == [0]


def test_prompts_by_brute_force() -> None:
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(6, (30, 12), generator=generator)
    documents = torch.randint(2, (30, 12), generator=generator).cumsum(1)
    kept = torch.rand(30, 12, generator=generator) < 0.9
    text = Sequences(tokens, documents, documents, kept, "text")
    found = cut(text, 4, ~FUNCTION, ends=FUNCTION, distance=1)
    expected = []
    for row in range(30):
        for end in reversed(range(3, 12)):
            span = slice(end - 3, end + 1)
            whole = bool(kept[row, span].all()) and len(set(documents[row, span].tolist())) == 1
            if whole and int(tokens[row, end]) < 2 and int(tokens[row, end - 1]) >= 2:
                expected.append((tokens[row, span].tolist(), int(documents[row, end])))
                break
    assert expected
    assert list(zip(found.tokens.tolist(), found.documents.tolist(), strict=True)) == expected


def test_a_bos_stands_before_and_moves_the_position() -> None:
    found = cut(sequences([[5, 0, 4]]), 2, FUNCTION, distance=1, bos=3)
    assert found.tokens.tolist() == [[3, 0, 4]]
    assert found.at.tolist() == [1]


def test_some_prompts_are_from_all_over() -> None:
    found = Prompts.of(torch.arange(10)[:, None])
    assert found.some(3).tokens[:, 0].tolist() == [0, 4, 9]
    assert found.some(3).documents.tolist() == [0, 4, 9]
    assert found.some(20) is found


@pytest.mark.usefixtures("unchecked")
def test_what_is_no_prompt_is_refused() -> None:
    text = sequences([[5, 4, 3]])
    wrong: list[tuple[Any, ...]] = [(3, FUNCTION), (4, ~FUNCTION)]
    for arguments, words in zip(wrong, ("has such a prompt", "hold no prompt of 4"), strict=True):
        with pytest.raises(ShapeError, match=words):
            cut(text, *arguments)
    with pytest.raises(ShapeError, match="no token 2 before"):
        cut(text, 2, ~FUNCTION, distance=2)
    with pytest.raises(ShapeError, match="at least one token"):
        Prompts.of(torch.zeros(0, 2))
    with pytest.raises(ShapeError, match="cannot be steered at"):
        Prompts(torch.zeros(1, 2, dtype=torch.int64), torch.tensor([2]), torch.tensor([0]))
    with pytest.raises(ShapeError, match="2 prompts, 1 positions"):
        Prompts(torch.zeros(2, 2, dtype=torch.int64), torch.tensor([1]), torch.tensor([0, 1]))
