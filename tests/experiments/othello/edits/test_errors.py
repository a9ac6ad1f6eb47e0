import pytest
import torch

from experiments.othello.edits.errors import errors, followed, ranks, taken
from interp.errors import ShapeError


def _legal(*tokens: int) -> torch.Tensor:
    return torch.tensor([[token in tokens for token in range(5)]])


def _slow(logits: torch.Tensor, legal: torch.Tensor) -> list[float]:
    """Sets, where nothing ties."""
    found = []
    for row, mask in zip(logits.tolist(), legal.tolist(), strict=True):
        wanted = {token for token, yes in enumerate(mask) if yes}
        top = set(sorted(range(len(row)), key=lambda token: -row[token])[: len(wanted)])
        found.append(float(len(top - wanted) + len(wanted - top)))
    return found


def test_errors_are_misses_and_false_alarms_of_the_top_n() -> None:
    logits = torch.tensor([[0.0, 5.0, 4.0, 3.0, 2.0]])
    assert errors(logits, _legal(1, 2)).tolist() == [0]
    assert errors(logits, _legal(1, 3)).tolist() == [2]
    assert errors(logits, _legal(3, 4)).tolist() == [4]
    assert errors(logits, _legal(2)).tolist() == [2]


def test_padding_among_the_top_is_an_error() -> None:
    assert errors(torch.tensor([[9.0, 5.0, 4.0, 0.0, 0.0]]), _legal(1, 2)).tolist() == [2]


def test_tied_tokens_share_the_last_places() -> None:
    # One place for two that tie, one of them legal: half a miss and half a false alarm.
    assert errors(torch.tensor([[0.0, 5.0, 4.0, 4.0, 0.0]]), _legal(1, 2)).tolist() == [1]
    assert errors(torch.zeros(1, 5), _legal(1)).tolist() == pytest.approx([2 * 4 / 5])
    assert errors(torch.zeros(1, 5), torch.ones(1, 5, dtype=torch.bool)).tolist() == [0]


def test_errors_equal_those_of_sets() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(60, 33, generator=generator)
    legal = torch.rand(60, 33, generator=generator) < 0.2
    legal[:, 3] = True
    assert errors(logits, legal).tolist() == _slow(logits, legal)


def test_a_case_without_a_move_is_refused() -> None:
    with pytest.raises(ShapeError, match="case 1 has no legal move"):
        errors(torch.zeros(2, 5), torch.cat([_legal(1), _legal()]))


def test_ranks_by_hand() -> None:
    logits = torch.tensor([[3.0, 2.0, 2.0, 1.0, 0.0]])
    assert ranks(logits, _legal(0)).tolist() == [1]
    assert ranks(logits, _legal(1)).tolist() == [2.5]
    assert ranks(logits, _legal(3, 4)).tolist() == [4.5]
    assert ranks(logits, _legal()).isnan().all()


def test_taken_are_the_top_n() -> None:
    logits = torch.tensor([[0.0, 5.0, 4.0, 4.0, 2.0]])
    assert taken(logits, _legal(1, 4)).tolist() == [[0, 1, 0.5, 0.5, 0]]


def test_followed_counts_only_what_the_edit_changes() -> None:
    logits = torch.tensor([[0.0, 5.0, 4.0, 3.0, 2.0]])
    # 2 of 2 most likely: 1 and 2. Token 2 becomes legal and is taken, 3 is forbidden and not taken; 1 stays.
    assert followed(logits, _legal(1, 3), _legal(1, 2)).tolist() == [2]
    assert followed(logits, _legal(1, 2), _legal(1, 3)).tolist() == [0]
    assert followed(logits, _legal(3, 4), _legal(3, 4)).tolist() == [0]
