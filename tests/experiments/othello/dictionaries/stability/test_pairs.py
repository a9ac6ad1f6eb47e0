import numpy as np
import pytest
import torch
from torch import Tensor

from experiments.othello.dictionaries.stability.flags import Flags
from experiments.othello.dictionaries.stability.pairs import (
    STRATA,
    Chosen,
    Pairs,
    ceiling,
    choose,
    follow,
    within_strata,
)
from experiments.othello.dictionaries.subjects import Subjects
from interp.errors import ShapeError
from interp.matching.ranking import areas

from .test_strata import by_stratum


def sparse(rows: int, count: int, seed: int) -> Tensor:
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.random((rows, count)) * (rng.random((rows, count)) < rng.random(count))).float()


def telling(seed: int) -> tuple[Tensor, Tensor]:
    """Latents of which some know a label."""
    latents = sparse(200, 12, seed)
    labels = torch.from_numpy(np.random.default_rng(seed + 1).random((200, 4)) < 0.3)
    for label in range(3):
        latents[:, label] += labels[:, label] * torch.rand(200, generator=torch.Generator().manual_seed(seed))
    return latents, labels


def test_no_area_exceeds_the_ceiling_and_perfect_latents_reach_it() -> None:
    for seed in range(5):
        latents, labels = telling(seed)
        assert (areas(latents, labels) <= ceiling(latents, labels) + 1e-9).all()
    label = torch.tensor([True, True, True, True, False, False])[:, None]
    half = torch.tensor([1.0, 1.0, 0.0, 0.0, 0.0, 0.5])[:, None]
    assert float(ceiling(half, label)) == float(areas(half, label)) == pytest.approx(0.5 + 0.5 * 0.5 / 2)


def test_the_ceiling_does_not_hold_below_zero() -> None:
    with pytest.raises(ShapeError, match="below 0"):
        ceiling(-torch.rand(5, 2), torch.rand(5, 2) > 0.5)


def test_chosen_are_all_pairs_above_the_threshold_and_no_other() -> None:
    for seed in range(5):
        latents, labels = telling(seed)
        labels = torch.cat([labels, torch.ones(200, 1, dtype=torch.bool)], 1)  # constant: never chosen
        found = choose(latents, labels)
        every = (areas(latents, labels) > 0.8).nonzero().tolist()
        assert [list(pair) for pair in zip(found.latent.tolist(), found.label.tolist(), strict=True)] == every
        assert every


def test_nothing_is_chosen_where_nothing_fires() -> None:
    found = choose(torch.zeros(20, 3), torch.rand(20, 2) > 0.5)
    assert len(found.latent) == len(found.label) == 0
    assert len(follow(found, torch.zeros(20, 3), torch.rand(20, 2) > 0.5)) == 0


def test_pairs_are_followed_each_with_its_own_label() -> None:
    latents, labels = telling(7)
    chosen = Chosen(torch.tensor([5, 2, 5]), torch.tensor([1, 3, 0]))
    every = areas(latents, labels)
    assert follow(chosen, latents, labels).tolist() == [float(every[5, 1]), float(every[2, 3]), float(every[5, 0])]


def test_within_strata_is_what_a_walk_over_all_rows_finds(who: Subjects) -> None:
    every = Flags.of(who.report, np.random.default_rng(0))
    some = torch.arange(0, len(every.ply), 5)
    flags = Flags(
        every.rows, every.game[some], every.ply[some], every.occupied[some], every.labels[some], every.shuffled[some]
    )
    latents = sparse(len(some), 6, 3)
    label = [0, flags.squares + 2, flags.squares + 7, 2 * flags.squares + 14, flags.squares + 2]
    chosen = Chosen(torch.tensor([4, 4, 1, 0, 5]), torch.tensor(label))
    found = within_strata(chosen, latents, flags, np.random.default_rng(0))
    assert tuple(found) == STRATA
    for place, (latent, column) in enumerate(zip(*(part.tolist() for part in chosen), strict=True)):
        taken = flags.occupied[:, column % flags.squares]
        values, marks, ply = latents[:, latent], flags.labels[:, column], flags.ply
        slow = {
            "ply": by_stratum(values.tolist(), marks.tolist(), ply.tolist()),
            "taken": by_stratum(values[taken].tolist(), marks[taken].tolist(), [0] * int(taken.sum())),
            "ply and taken": by_stratum(values[taken].tolist(), marks[taken].tolist(), ply[taken].tolist()),
        }
        for name, expected in slow.items():
            assert float(found[name][place]) == pytest.approx(expected, nan_ok=True), name
    # The corner is stable wherever it is taken.
    assert found["taken"][0].isnan()


def test_confirmed_is_above_the_threshold_and_not_at_it() -> None:
    pairs = Pairs(np.arange(3), np.arange(3), np.array([0.8, 0.81, np.nan]), {})
    assert pairs.confirmed.tolist() == [False, True, False]
