from pathlib import Path

import pytest
import torch
from torch import Tensor

from interp.errors import ShapeError
from interp.latents.active import active, encoded
from tests.interp.dictionaries.small import Small, identity
from tests.interp.latents.made import DEAD, LATENTS, SITE, dictionary, world


@pytest.mark.parametrize("batch", [1, 7, 2048])
def test_the_activity_is_that_of_the_dictionary_however_rows_are_batched(batch: int) -> None:
    rows = torch.randn(50, 6, generator=torch.Generator().manual_seed(0))
    wanted = torch.cat([dictionary().encode(row[None]) for row in rows])
    found = active(dictionary(), rows, range(LATENTS), batch=batch, quiet=True)
    for latent, one in enumerate(found):
        assert one.rows.tolist() == (wanted[:, latent] > 0).nonzero()[:, 0].tolist()
        dense = torch.zeros(50).index_put((one.rows,), one.values)
        torch.testing.assert_close(dense, wanted[:, latent])


def test_latents_come_in_the_order_asked_for_and_a_silent_one_is_empty() -> None:
    rows = torch.randn(50, 6, generator=torch.Generator().manual_seed(0))
    first, dead, second = active(dictionary(), rows, [5, DEAD, 1], quiet=True)
    assert len(dead.rows) == len(dead.values) == 0
    assert torch.equal(second.rows, active(dictionary(), rows, [1], quiet=True)[0].rows)
    assert not torch.equal(first.rows, second.rows)


def test_rows_of_a_store_are_read_like_those_of_a_tensor(tmp_path: Path) -> None:
    made = world(tmp_path)
    for one, other in zip(
        active(made.dictionary, made.store[SITE], [0, 4], batch=5, quiet=True),
        active(made.dictionary, made.rows, [0, 4], batch=5, quiet=True),
        strict=True,
    ):
        assert torch.equal(one.rows, other.rows)
        assert torch.equal(one.values, other.values)


def test_any_row_can_be_asked_for() -> None:
    (one,) = active(identity(2), torch.tensor([[-1.0, 0.0], [2.0, 0.0], [0.0, 1.0], [3.0, 0.0]]), [0], quiet=True)
    assert [one.at(row) for row in range(4)] == [0.0, 2.0, 0.0, 3.0]


def test_heads_are_flattened_unless_the_dictionary_does_it() -> None:
    heads = torch.arange(12.0).view(2, 2, 3)
    assert torch.equal(encoded(identity(6), heads)[:, :6], heads.flatten(1))

    class Config:
        reshape_activations = "hook_z"

    class Reshaping(Small):
        cfg = Config()

        def encode(self, x: Tensor) -> Tensor:
            assert x.shape == (2, 2, 3)
            return super().encode(x.flatten(1))

    eye = torch.eye(6)
    assert torch.equal(encoded(Reshaping(eye, eye), heads), heads.flatten(1))


def test_a_dictionary_may_give_sparse_latents() -> None:
    class Sparse(Small):
        def encode(self, x: Tensor) -> Tensor:
            return super().encode(x).to_sparse()

    (one,) = active(Sparse(torch.eye(2), torch.eye(2)), torch.tensor([[0.0, 1.0], [0.0, 2.0]]), [1], quiet=True)
    assert one.values.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("latents", "message"), [([2, 12], "no latent 12: the dictionary has 0 to 11"), ([-1], "no latent -1"),
                             ([1, 1], "each once"), ([], "each once")],
)  # fmt: skip
def test_latents_that_cannot_be_shown_are_refused(latents: list[int], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        active(dictionary(), torch.ones(3, 6), latents, quiet=True)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (torch.ones(3, 5), "width 6, not"),
        (torch.ones(0, 6), "at least one row"),
        (torch.ones(3, 6).long(), "width 6, not"),
        (torch.full((3, 6), torch.nan), "row 0 holds NaN"),
    ],
)
def test_rows_that_cannot_be_read_are_refused(rows: Tensor, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        active(dictionary(), rows, [0], quiet=True)


def test_a_dictionary_that_makes_something_else_of_rows_is_refused() -> None:
    class Wrong(Small):
        def encode(self, x: Tensor) -> Tensor:
            return super().encode(x)[:, 1:]

    with pytest.raises(ShapeError, match="made latents"):
        active(Wrong(torch.eye(2), torch.eye(2)), torch.ones(3, 2), [0], quiet=True)
