import pytest
import torch

from interp.errors import ShapeError
from interp.sequences import Sequences
from interp.token_classes import Classes, TokenSet, Transitions

TWO = Classes.two(TokenSet("function", torch.tensor([0, 1]), 4))
"""0 and 1 are function tokens, 2 and 3 content."""


def test_the_group_of_a_prediction_is_the_class_of_the_token_and_of_the_next() -> None:
    found = Transitions.of(Sequences.of(torch.tensor([[0, 1, 2, 3, 0]])), TWO)
    assert found.groups.tolist() == [[0, 1, 3, 2]]
    assert (found.current, found.following, found.count) == (("function", "content"), ("function", "content"), 4)


def test_next_tokens_may_have_classes_of_their_own() -> None:
    three = Classes(("a", "b", "c"), torch.tensor([0, 1, 2, -1]))
    found = Transitions.of(Sequences.of(torch.tensor([[0, 2, 1, 3, 0]])), TWO, three)
    assert found.groups.tolist() == [[2, 4, -1, 3]]
    assert found.count == 6


def test_no_prediction_goes_over_a_separator_or_into_another_document() -> None:
    tokens = torch.tensor([[0, 1, 3, 2, 2, 1]])
    documents = torch.tensor([[0, 0, 0, 1, 1, 2]])
    kept = torch.tensor([[True, True, False, True, True, True]])
    found = Transitions.of(Sequences(tokens, documents, tokens, kept, "text"), TWO)
    assert found.groups.tolist() == [[0, -1, -1, 3, -1]]
    assert found.documents.tolist() == [[0, 0, 1, 1, 2]]


def test_predictions_can_be_narrowed_to_some_targets() -> None:
    sequences = Sequences.of(torch.tensor([[0, 1, 2, 3, 0]]))
    word_initial = torch.tensor([True, False, True, False])
    found = Transitions.of(sequences, TWO).only(word_initial[sequences.tokens[:, 1:]])
    assert found.groups.tolist() == [[-1, 1, -1, 2]]
    with pytest.raises(ShapeError, match="one flag a prediction"):
        found.only(torch.ones(1, 5, dtype=torch.bool))


def test_tokens_and_classes_of_another_vocabulary_are_refused() -> None:
    with pytest.raises(ShapeError, match="must lie between 0 and 3"):
        Transitions.of(Sequences.of(torch.tensor([[0, 4]])), TWO)
    with pytest.raises(ShapeError, match="classes of 4 and 1 tokens"):
        Transitions.of(Sequences.of(torch.tensor([[0, 1]])), TWO, Classes(("a",), torch.tensor([0])))
