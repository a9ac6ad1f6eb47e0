from pathlib import Path

import pytest
import torch
from torch import Tensor

from interp.errors import ShapeError
from interp.latents.active import Active
from interp.latents.top import QUARTERS, spread, strongest, top
from tests.interp.dictionaries.small import identity
from tests.interp.latents.made import DEAD, LATENTS, SITE, dictionary, world


def slow(values: Tensor, count: int, sequences: list[int]) -> list[tuple[float, int]]:
    """Sort everything, then go down and skip sequences seen before."""
    found: list[tuple[float, int]] = []
    seen = set()
    for value, row in sorted(((-float(value), row) for row, value in enumerate(values)), key=lambda pair: pair):
        if -value > 0 and sequences[row] not in seen and len(found) < count:
            seen.add(sequences[row])
            found.append((-value, row))
    return found + [(0.0, -1)] * (count - len(found))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("per_sequence", [1, 4, 200])
def test_the_strongest_rows_are_those_of_a_full_sort(seed: int, per_sequence: int) -> None:
    rows = torch.randint(-3, 4, (120, 6), generator=torch.Generator().manual_seed(seed)).float()  # full of ties
    sequences = torch.arange(120) // per_sequence
    latents = dictionary().encode(rows).detach()
    found = top(dictionary(), rows, range(LATENTS), 7, sequences=sequences, batch=2048, quiet=True)
    for latent in range(LATENTS):
        wanted = slow(latents[:, latent], 7, sequences.tolist())
        assert found.rows[latent].tolist() == [row for _, row in wanted]
        assert found.values[latent].tolist() == [value for value, _ in wanted]


def test_without_sequences_every_row_counts() -> None:
    rows = torch.tensor([[1.0, 0], [3, 0], [2, 0], [0, 5]])
    found = top(identity(2), rows, [0, 1, 2], 3, quiet=True)
    assert found.rows.tolist() == [[1, 2, 0], [3, -1, -1], [-1, -1, -1]]
    assert found.values.tolist() == [[3, 2, 1], [5, 0, 0], [0, 0, 0]]


def test_the_first_of_equal_rows_counts_and_the_strongest_of_a_sequence() -> None:
    rows = torch.tensor([[1.0], [2.0], [2.0], [2.0], [1.0]])
    assert top(identity(1), rows, [0], 2, quiet=True).rows.tolist() == [[1, 2]]
    sequences = torch.tensor([0, 0, 0, 1, 2])
    assert top(identity(1), rows, [0], 9, sequences=sequences, quiet=True).rows[0].tolist()[:4] == [1, 3, 4, -1]


def test_a_store_says_which_rows_are_of_one_sequence(tmp_path: Path) -> None:
    made = world(tmp_path)
    found = top(made.dictionary, made.store[SITE], [0, DEAD], 4, sequences=made.store.index.sequence, quiet=True)
    shown = [made.store.trace(row).sequence for row in found.rows[0].tolist()]
    assert len(set(shown)) == 4
    assert found.rows[1].tolist() == [-1] * 4


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(ShapeError, match="count of at least 1"):
        top(dictionary(), torch.ones(3, 6), [0], 0, quiet=True)
    with pytest.raises(ShapeError, match="one sequence a row: 2 for 3"):
        top(dictionary(), torch.ones(3, 6), [0], sequences=torch.zeros(2).int(), quiet=True)


def test_a_band_is_spread_evenly_over_its_ranks() -> None:
    one = Active(torch.arange(100) * 2, torch.arange(1.0, 101.0))
    assert one.values[spread(one, (0.25, 0.5), 5)].tolist() == [48, 43, 38, 33, 28]
    assert one.values[spread(one, (0.75, 1.0), 1)].tolist() == [88]
    assert one.values[spread(one, (0.0, 0.25), 99)].tolist() == list(range(25, 0, -1))
    assert len(spread(one, (0.0, 0.25), 0)) == 0


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 17])
def test_the_quarters_share_out_all_active_rows(count: int) -> None:
    one = Active(torch.arange(count), torch.arange(1.0, count + 1))
    assert torch.cat([spread(one, band, 99) for band in QUARTERS]).tolist() == list(range(count))[::-1]


def test_a_band_shows_no_sequence_twice_and_none_that_was_shown_before() -> None:
    one = Active(torch.arange(8), torch.tensor([8.0, 7, 6, 5, 4, 3, 2, 1]))
    sequences = torch.tensor([0, 1, 1, 2, 0, 1, 3, 3])
    assert strongest(one, 2, sequences).tolist() == [0, 1]
    assert spread(one, (0.0, 1.0), 9, sequences, torch.tensor([0, 1])).tolist() == [3, 6]
    assert spread(one, (0.0, 0.5), 9, sequences, torch.tensor([0, 1])).tolist() == [6]
