import pytest
import torch

from interp.errors import ShapeError
from probes.texts import Texts
from tests.probes.made import unchecked

TOKENS = torch.tensor([[5, 6, 7], [5, 5, 0]])
LABELS = torch.tensor([[[0, 1], [2, 0], [1, 1]], [[1, 0], [-1, -1], [-1, -1]]])


def test_rows_are_the_positions_that_count_one_after_another() -> None:
    texts = Texts(TOKENS, LABELS)
    texts.check()
    assert texts.kept.tolist() == [[True, True, True], [True, False, False]]
    assert texts.rows.tolist() == [[0, 1], [2, 0], [1, 1], [1, 0]]
    assert texts.positions.tolist() == [0, 1, 2, 0]
    assert texts.sequences.tolist() == [0, 0, 0, 1]


def test_a_type_is_a_token_at_its_place() -> None:
    types = Texts(TOKENS, LABELS).types.tolist()
    assert types[0] == types[3]
    assert len(set(types)) == 3
    shifted = Texts(torch.tensor([[6, 5]]), torch.zeros(1, 2, 1, dtype=torch.long)).types.tolist()
    assert shifted[1] != types[0] or shifted[1] != types[3]


def test_a_position_with_some_labels_is_refused_by_its_place() -> None:
    labels = LABELS.clone()
    labels[0, 1, 0] = -1
    with pytest.raises(ShapeError, match="sequence 0, position 1 has labels for some targets only"):
        Texts(TOKENS, labels).check()


@pytest.mark.parametrize(
    ("tokens", "labels"),
    [(TOKENS, LABELS[:1]), (TOKENS, LABELS[:, :, 0]), (TOKENS, LABELS[:, :, :0])],
)
def test_labels_of_another_shape_are_refused(tokens: torch.Tensor, labels: torch.Tensor) -> None:
    with pytest.raises(ShapeError, match=r"need tokens \[sequence, position\]"):
        unchecked(Texts.check)(Texts(tokens, labels))


def test_no_labels_at_all_are_refused() -> None:
    with pytest.raises(ShapeError, match="no position has labels"):
        Texts(TOKENS, torch.full_like(LABELS, -1)).check()
