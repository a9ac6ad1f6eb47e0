"""Codes against loops over every place of a matrix."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from interp.dictionaries.code import Code

CHOSEN = torch.tensor([[0, 0, 0, 0], [1, 0, 0, 1], [0, 0, 0, 0], [1, 0, 1, 0]]).bool()


def matrices() -> st.SearchStrategy[Tensor]:
    """Matrices of yes and no, empty rows and columns among them."""
    shapes = st.tuples(st.integers(1, 5), st.integers(1, 6))
    return shapes.flatmap(
        lambda shape: st.lists(st.booleans(), min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]).map(
            lambda values: torch.tensor(values).view(shape)
        )
    )


def test_a_code_lists_places_row_by_row() -> None:
    code = Code.of(CHOSEN)
    assert code.latents.tolist() == [0, 3, 0, 2]
    assert code.starts.tolist() == [0, 0, 2, 2]
    assert code.rows.tolist() == [1, 1, 3, 3]
    assert code.width == 4


def test_by_latent_a_code_lists_places_column_by_column() -> None:
    order, starts = Code.of(CHOSEN).by_latent()
    assert order.tolist() == [0, 2, 3, 1]
    assert starts.tolist() == [0, 2, 2, 3]


def test_nothing_chosen_is_a_code_too() -> None:
    code = Code.of(torch.zeros(3, 2, dtype=torch.bool))
    assert code.latents.tolist() == code.rows.tolist() == []
    assert code.starts.tolist() == [0, 0, 0]
    assert code.dense(torch.zeros(0)).tolist() == [[0.0, 0.0]] * 3
    order, starts = code.by_latent()
    assert (order.tolist(), starts.tolist()) == ([], [0, 0])


@settings(max_examples=60, deadline=None)
@given(matrices())
def test_it_agrees_with_a_walk_through_the_matrix(chosen: Tensor) -> None:
    code = Code.of(chosen)
    walk = [(row, latent) for row, line in enumerate(chosen.tolist()) for latent, yes in enumerate(line) if yes]
    assert list(zip(code.rows.tolist(), code.latents.tolist(), strict=True)) == walk
    order, starts = code.by_latent()
    turned = sorted(walk, key=lambda place: (place[1], place[0]))
    assert [walk[entry] for entry in order.tolist()] == turned
    assert starts.tolist() == [sum(latent < column for _, latent in walk) for column in range(chosen.shape[1])]
    assert torch.equal(code.dense(torch.ones(len(walk))), chosen.float())


def test_values_go_to_their_places_and_gradients_come_back_from_there() -> None:
    values = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    dense = Code.of(CHOSEN).dense(values)
    assert dense.tolist() == [[0, 0, 0, 0], [1, 0, 0, 2], [0, 0, 0, 0], [3, 0, 4, 0]]
    (gradient,) = torch.autograd.grad((dense * torch.arange(16.0).view(4, 4)).sum(), values)
    assert gradient.tolist() == [4.0, 7.0, 12.0, 14.0]
