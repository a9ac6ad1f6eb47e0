from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from interp.errors import ShapeError, UnknownNameError
from probes import Gram, LinearProbe, MLPProbe, ProbeError, ProbeWarning, choose, split
from probes.surface import Probabilities
from tests.probes.made import rows

GRID = (1e-4, 0.3, 3.0, 1e3)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def noisy(targets: int = 8) -> tuple[Tensor, Tensor]:
    """Rows so few for their width that neither the least nor the largest of `GRID` is best."""
    return rows(300, width=60, targets=targets)


def games(count: int, length: int = 10) -> Tensor:
    return torch.arange(count) // length * 7 - 3  # numbers of games need neither start at 0 nor be dense


class Chances(Probabilities):
    """Says the class frequencies, flattened by the penalty: 0 is best for labels as they come."""

    def __init__(self, ridge: float = 0.0, targets: Any = None, classes: Any = None, origin: Any = None) -> None:
        super().__init__(targets, classes, origin)
        self.ridge = ridge
        self.share: Tensor | None = None

    def _learn(self, features: Tensor, labels: Tensor, classes: int) -> None:
        assert len(features) == len(labels)
        hot = torch.nn.functional.one_hot(labels[(labels >= 0).all(1)], classes)
        self.share = hot.float().mean(0) / (1 + self.ridge) + self.ridge / (1 + self.ridge) / classes

    def scores(self, features: Tensor) -> Tensor:
        assert self.share is not None
        return self.share.log().expand(len(features), -1, -1)

    @property
    def _shape(self) -> tuple[int, int]:
        return (1, 1)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), share=st.floats(0.01, 0.99), count=st.integers(2, 12))
def test_every_group_is_on_one_side_and_both_sides_have_some(seed: int, share: float, count: int) -> None:
    groups = torch.randint(0, count, (60,), generator=seeded(seed))
    groups[:2] = torch.tensor([0, 1])
    train, validation = split(groups, share, seeded(seed))
    assert torch.equal(train, ~validation)
    assert not set(groups[train].tolist()) & set(groups[validation].tolist())
    held, all_ = len(groups[validation].unique()), len(groups.unique())
    assert held == min(max(round(share * all_), 1), all_ - 1)


def test_a_split_depends_on_the_generator_alone() -> None:
    state = torch.random.get_rng_state()
    one, same, other = (split(games(200), 0.3, seeded(seed)).validation for seed in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_every_group_is_held_back_about_as_often() -> None:
    held = torch.stack([split(torch.arange(10), 0.2, seeded(seed)).validation for seed in range(500)]).float().mean(0)
    assert ((held - 0.2).abs() < 0.08).all()


def test_what_cannot_be_split_is_refused_with_the_reason() -> None:
    with pytest.raises(ShapeError, match="1 group cannot be split: rows of one game or document are not"):
        split(torch.zeros(9).long(), 0.2, seeded())
    with pytest.raises(ShapeError, match="0 groups cannot be split"):
        split(torch.zeros(0).long(), 0.2, seeded())
    for share in (0.0, 1.0, float("nan")):
        with pytest.raises(ShapeError, match="share must lie between 0 and 1"):
            split(games(30), share, seeded())


def by_hand(x: Tensor, y: Tensor, groups: Tensor, grid: tuple[float, ...]) -> dict[float, float]:
    train, held = split(groups, 0.2, seeded())
    return {ridge: LinearProbe(ridge).fit(x[train], y[train]).score(x[held], y[held]) for ridge in grid}


def test_the_choice_is_that_of_fits_one_by_one_and_the_probe_is_fitted_to_all_rows() -> None:
    x, y = noisy()
    probe = LinearProbe(ridge=77.0)
    scores = by_hand(x, y, games(300), GRID)
    best = max(reversed(GRID), key=scores.__getitem__)
    assert best in GRID[1:-1]
    found = choose(probe, x, y, games(300), generator=seeded(), ridges=(3.0, 1e-4, 1e3, 0.3))
    assert found.scores == scores
    assert list(found.scores) == list(GRID)
    assert (found.ridge, found.probe.ridge, found.measure) == (best, best, "accuracy")
    assert torch.equal(found.probe.weight, LinearProbe(best).fit(x, y).weight)
    assert probe.ridge == 77.0
    with pytest.raises(ProbeError, match="not fitted"):
        _ = probe.weight


def test_least_squares_take_all_penalties_from_one_gram(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = rows(100)
    made, of = [], Gram.of

    def spy(*args: Any, **options: Any) -> Gram:
        made.append(len(args[0]))
        return of(*args, **options)

    monkeypatch.setattr(Gram, "of", spy)
    with pytest.warns(ProbeWarning, match="lies at the"):
        choose(LinearProbe(), x, y, games(100), generator=seeded(), ridges=(1e-4, 1e5), share=0.3)
    assert made == [70, 100]


@pytest.mark.parametrize("ridges", [(0.0, 1.0, 2.0), (5.0, 0.0)])
def test_probabilities_are_judged_by_cross_entropy_and_an_end_of_the_grid_is_warned_of(
    ridges: tuple[float, ...],
) -> None:
    y = (torch.arange(200) % 10 == 0).long()[:, None]
    x = torch.zeros(200, 1)
    with pytest.warns(ProbeWarning, match="best ridge, 0, lies at the lower end"):
        found = choose(Chances(), x, y, games(200), generator=seeded(), ridges=ridges)
    assert (found.ridge, found.measure) == (0.0, "cross-entropy")
    expected = -(0.9 * np.log(0.9) + 0.1 * np.log(0.1))
    assert found.scores[0.0] == pytest.approx(expected)
    assert sorted(found.scores.values()) == list(found.scores.values())


def test_ties_go_to_the_larger_penalty() -> None:
    y = torch.tensor([0, 1]).repeat(100)[:, None]  # frequencies of a half: flattening changes nothing
    with pytest.warns(ProbeWarning, match="upper end"):
        found = choose(Chances(), torch.zeros(200, 1), y, games(200), generator=seeded(), ridges=(3.0, 0.5, 1.0))
    assert len(set(found.scores.values())) == 1
    assert found.ridge == 3.0


def test_a_class_that_the_fitted_rows_lack_costs_the_same_for_every_penalty() -> None:
    y = torch.zeros(100, 1).long()
    held = split(games(100), 0.2, seeded()).validation
    y[held.nonzero()[0]] = 1

    class Blunt(Chances):
        def scores(self, features: Tensor) -> Tensor:
            return super().scores(features) - torch.tensor([0.0, torch.inf])

    with pytest.warns(ProbeWarning, match="upper end"):
        found = choose(Blunt(), torch.zeros(100, 1), y, games(100), generator=seeded(), ridges=(0.5, 1.0))
    assert all(np.isfinite(score) and score > 1 for score in found.scores.values())


def test_rows_without_labels_are_left_out_and_groups_of_them_are_no_groups() -> None:
    x, y = noisy()
    more = torch.cat([x, torch.full((40, 60), float("nan"))]), torch.cat([y, torch.full((40, 8), -1)])
    found = choose(LinearProbe(), *more, games(340), generator=seeded(), ridges=GRID)
    assert found.scores == choose(LinearProbe(), x, y, games(300), generator=seeded(), ridges=GRID).scores


def test_arrays_and_labels_of_one_target_are_accepted() -> None:
    x, y = noisy(targets=1)
    tensors = choose(LinearProbe(classes=("a", "b", "c")), x, y, games(300), generator=seeded(), ridges=GRID)
    arrays = choose(
        LinearProbe(classes=("a", "b", "c")), x.numpy(), y[:, 0].numpy(), games(300).numpy(),
        generator=seeded(), ridges=GRID,
    )  # fmt: skip
    assert arrays.scores == tensors.scores
    assert arrays.probe.predict(x.numpy()).shape == (300,)


def test_what_cannot_be_chosen_from_is_refused_with_the_reason() -> None:
    x, y = rows(30)
    with pytest.raises(ShapeError, match="groups are needed: the game or document of every row"):
        choose(LinearProbe(), x, y, None, generator=seeded())
    with pytest.raises(ShapeError, match="1 group cannot be split"):
        choose(LinearProbe(), x, y, torch.zeros(30).long(), generator=seeded())
    with pytest.raises(ShapeError, match="one integer a row"):
        choose(LinearProbe(), x, y, torch.zeros(30), generator=seeded())
    with pytest.raises(ShapeError, match="29 groups: row i must match"):
        choose(LinearProbe(), x, y, games(29), generator=seeded())
    with pytest.raises(ShapeError, match="no rows to fit"):
        choose(LinearProbe(), x, torch.full_like(y, -1), games(30), generator=seeded())
    for ridges in ((), (1.0,), (1.0, 1.0), (1.0, -1.0), (1.0, float("inf"))):
        with pytest.raises(ShapeError, match="at least two different finite numbers"):
            choose(LinearProbe(), x, y, games(30), generator=seeded(), ridges=ridges)
    with pytest.raises(UnknownNameError, match="unknown argument of MLPProbe 'ridge'"):
        choose(MLPProbe(), x, y, games(30), generator=seeded(), ridges=GRID)
