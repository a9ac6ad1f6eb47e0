import numpy as np
import pytest
import torch
from torch import Tensor

from experiments.othello.dictionaries import kinds
from experiments.othello.dictionaries.colour import areas as room
from experiments.othello.dictionaries.colour.areas import Areas, areas, judged, latents, together
from experiments.othello.dictionaries.colour.tiles import Tiles, counted, shuffled, tiles
from experiments.othello.dictionaries.subjects import Subjects


def area(values: Tensor, label: Tensor) -> float:
    """Every row with the label against every row without it."""
    pairs = [float(a > b) + 0.5 * float(a == b) for a in values[label] for b in values[~label]]
    return sum(pairs) / len(pairs)


def some(rows: int, latent: int, label: int, seed: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    values = torch.randint(0, 4, (rows, latent), generator=generator).float()
    labels = torch.rand((rows, label), generator=generator) < 0.4
    labels[0], labels[1] = True, False
    return values, labels


def test_areas_are_those_of_all_pairs_of_rows_and_unknown_where_nothing_was_chosen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "TOP", 3)
    (values, labels), (other_values, other_labels) = some(20, 9, 2, 0), some(15, 9, 2, 1)
    [found] = judged((values, other_values), [Tiles(torch.arange(2), labels, other_labels)])
    every = torch.tensor([[area(values[:, i], labels[:, j]) for j in range(2)] for i in range(9)])
    assert torch.allclose(found.select.float(), every)
    wanted = set(found.top[0].tolist()) | set(every.argmax(0).tolist())
    for latent in range(9):
        for label in range(2):
            if latent in wanted:
                known = area(other_values[:, latent], other_labels[:, label])
                assert float(found.report[latent, label]) == pytest.approx(known)
            else:
                assert found.report[latent, label].isnan()
    assert len(wanted) < 9


def test_labels_that_are_judged_together_come_out_as_alone() -> None:
    (values, labels), (other_values, other_labels) = some(30, 5, 4, 2), some(30, 5, 4, 3)
    one = Tiles(torch.arange(2), labels[:, :2], other_labels[:, :2])
    two = Tiles(torch.arange(2), labels[:, 2:], other_labels[:, 2:])
    both = judged((values, other_values), [one, two])
    for found, tile in zip(both, (one, two), strict=True):
        [alone] = judged((values, other_values), [tile])
        assert torch.equal(found.select, alone.select)
        known = ~alone.report.isnan()
        assert torch.equal(found.report[known], alone.report[known])


def test_the_top_triples_are_the_highest_and_of_equals_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "TOP", 3)
    select = torch.tensor([[0.5, 0.9], [0.7, 0.7]], dtype=torch.float64)
    latent, label = Areas(select, select).top
    assert list(zip(latent.tolist(), label.tolist(), strict=True)) == [(0, 1), (1, 0), (1, 1)]
    assert Areas(select, select).best.tolist() == [1, 0]


def test_latents_are_those_of_the_dictionary_at_the_positions_that_count(who: Subjects) -> None:
    found = latents(who, kinds.RANDOM, 1)
    for half, rows in zip((who.select, who.report), found, strict=True):
        torch.testing.assert_close(rows, who.latents(kinds.RANDOM, 1, half)[counted(half)])


def test_areas_are_computed_once(who: Subjects, monkeypatch: pytest.MonkeyPatch) -> None:
    real = tiles(who)
    mixed = shuffled(real, who, np.random.default_rng(0))
    first = together(who, kinds.SECOND, 2, [real, mixed])
    monkeypatch.setattr(room, "judged", None)
    again = areas(who, kinds.SECOND, 2, real)
    assert torch.equal(first[0].select, again.select)
    assert not torch.equal(first[1].select, again.select)
