import pytest
import torch

from interp.errors import ShapeError
from interp.sequences import Sequences


def test_every_sequence_of_plain_tokens_is_a_document_of_its_own() -> None:
    sequences = Sequences.of(torch.tensor([[5, 6], [7, 8], [9, 9]]))
    assert sequences.documents.tolist() == [[0, 0], [1, 1], [2, 2]]
    assert sequences.places.tolist() == [[0, 1]] * 3
    assert (len(sequences), sequences.rows) == (3, 6)


def test_only_kept_positions_count() -> None:
    kept = torch.tensor([[True, False], [True, True]])
    assert Sequences.of(torch.zeros(2, 2, dtype=torch.long), kept).rows == 3


def test_the_fingerprint_does_not_depend_on_the_integer_type_but_on_every_field() -> None:
    tokens = torch.tensor([[5, 6], [7, 8]])
    sequences = Sequences.of(tokens)
    assert sequences.fingerprint() == Sequences.of(tokens.int()).fingerprint()
    assert sequences.fingerprint() != Sequences.of(tokens + 1).fingerprint()
    assert sequences.fingerprint() != Sequences.of(tokens.reshape(1, 4)).fingerprint()
    fields = {"documents": sequences.documents + 1, "places": sequences.places + 1, "kept": sequences.places == 0}
    for name, value in fields.items():
        changed = Sequences(**{**vars(sequences), name: value})
        assert changed.fingerprint() != sequences.fingerprint()


def test_the_source_is_a_name_only() -> None:
    tokens = torch.tensor([[5, 6]])
    assert Sequences.of(tokens, source="a").fingerprint() == Sequences.of(tokens, source="b").fingerprint()


def test_a_part_keeps_documents_and_places() -> None:
    part = Sequences.of(torch.arange(12).reshape(4, 3)).part(1, 3)
    assert part.documents[:, 0].tolist() == [1, 2]
    assert part.tokens.tolist() == [[3, 4, 5], [6, 7, 8]]


@pytest.mark.parametrize("shape", [(0, 4), (2, 0)])
def test_no_tokens_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="at least one of each"):
        Sequences.of(torch.zeros(shape, dtype=torch.long))


def test_nothing_that_counts_is_refused_with_the_source() -> None:
    tokens = torch.zeros(2, 2, dtype=torch.long)
    with pytest.raises(ShapeError, match="no position of my games counts"):
        Sequences.of(tokens, torch.zeros(2, 2, dtype=torch.bool), "my games")
