import numpy as np
import pytest
import torch

from experiments.othello.dictionaries.colour import areas as room
from experiments.othello.dictionaries.colour.areas import Areas
from experiments.othello.dictionaries.colour.hits import OTHER, SAME, best_values, counted_hits, found, hits
from experiments.othello.dictionaries.colour.tiles import Tiles

# Three labels: square 0 empty, square 0 mine, square 3 theirs. Two latents.
LABELS = Tiles(torch.tensor([0, 1, 11]), torch.zeros(1, 3, dtype=torch.bool), torch.zeros(1, 3, dtype=torch.bool))
AREAS = Areas(
    torch.tensor([[0.95, 0.92, 0.60], [0.30, 0.91, 0.72]], dtype=torch.float64),
    torch.tensor([[0.94, 0.89, 0.61], [0.31, 0.93, 0.69]], dtype=torch.float64),
)
CENTRE = np.array([False, False, False, True])


@pytest.fixture(autouse=True)
def _four(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "TOP", 4)


def test_hits_are_top_triples_above_the_threshold_by_square() -> None:
    assert hits(AREAS, LABELS, 4, 0.9, other=False).tolist() == [3, 0, 0, 0]
    assert hits(AREAS, LABELS, 4, 0.9).tolist() == [2, 0, 0, 0]
    assert hits(AREAS, LABELS, 4, 0.7, other=False).tolist() == [3, 0, 0, 1]


def test_a_pair_is_found_by_its_best_latent_of_the_selecting_half() -> None:
    assert best_values(AREAS, other=False).tolist() == [0.95, 0.92, 0.72]
    assert best_values(AREAS).tolist() == [0.94, 0.89, 0.69]
    assert found(AREAS, LABELS, 4, 0.9).tolist() == [1, 0, 0, 0]
    assert found(AREAS, LABELS, 4, 0.9, other=False).tolist() == [2, 0, 0, 0]
    assert found(AREAS, LABELS, 4, 0.6).tolist() == [2, 0, 0, 1]


def test_all_counts_of_a_dictionary_are_plain_numbers() -> None:
    counts = counted_hits(AREAS, LABELS, 4, CENTRE)
    assert counts["best"] == 0.95
    assert counts["least"] == 0.72
    assert counts["top"] == [3, 0, 0, 1]
    assert counts["hits"]["0.9"] == {SAME: [3, 0, 0, 0], OTHER: [2, 0, 0, 0]}
    assert counts["classes"]["0.9"] == [1, 1, 0]
    assert counts["found"]["0.7"] == {SAME: 3, OTHER: 2, "centre": 0}


def test_a_threshold_is_reached_by_what_equals_it() -> None:
    exact = Areas(torch.full((1, 3), 0.9, dtype=torch.float64), torch.full((1, 3), 0.9, dtype=torch.float64))
    assert hits(exact, LABELS, 4, 0.9).sum() == 3
    assert found(exact, LABELS, 4, 0.9).sum() == 3
