import numpy as np
import pytest
import torch

from experiments.othello.dictionaries.rivals.field import Field, field
from experiments.othello.dictionaries.rivals.kept import PARTS, SETS, explained, kept, read, right
from experiments.othello.dictionaries.subjects import Subjects


def made() -> Field:
    """Two squares on 400 rows of 20 games, half of them to select on."""
    owner = torch.randint(0, 3, (400, 2), generator=torch.Generator().manual_seed(0))
    return Field(torch.arange(200), torch.arange(200), owner, owner == 1, torch.tensor([1, 4]), torch.arange(400) % 20)


def test_a_board_that_lies_open_is_read_and_noise_is_not() -> None:
    shared = made()
    open_ = torch.nn.functional.one_hot(shared.owner, 3).flatten(1).float()
    noise = torch.randn(400, 6, generator=torch.Generator().manual_seed(1))
    rng = np.random.default_rng(0)
    assert right(read(open_, shared), shared, rng) == (1.0, 1.0, 1.0, 20)
    assert right(read(noise, shared), shared, rng).value < 0.45


def test_the_share_explained_by_hand() -> None:
    rows = torch.tensor([[0.0, 1.0], [2.0, 1.0]])
    assert explained(rows, rows) == 1.0
    assert explained(rows, rows.mean(0).expand(2, 2)) == 0.0
    assert explained(rows, torch.tensor([[0.0, 1.0], [1.0, 1.0]])) == pytest.approx(0.5)
    assert explained(rows[:1], rows[:1]) == 1.0


def test_activations_of_a_trained_model_hold_more_of_the_board_than_what_is_left_out(who: Subjects) -> None:
    found = kept(who, field(who))
    for name in SETS:
        assert all(len(found[name][part]) == len(who.depths) for part in PARTS)
    own = found[SETS[0]]
    assert own["activations"][3].value > found["majority"].value
    assert own["activations"][3].value >= own["left out"][3].value
