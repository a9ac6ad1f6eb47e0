import numpy as np
import pytest
import torch

from experiments.othello.dictionaries.stability.alone import alone, mean_of_ply, numbers
from experiments.othello.dictionaries.stability.flags import Flags
from experiments.othello.dictionaries.subjects import Subjects
from experiments.othello.places import RIM, places
from interp.matching.ranking import areas


def test_the_mean_of_the_ply_is_that_of_the_plain_areas_and_its_range_holds_it() -> None:
    rng = np.random.default_rng(0)
    game, ply = torch.arange(30).repeat_interleave(20), torch.arange(4, 24).repeat(30)
    labels = torch.from_numpy(rng.random((600, 5)) < ply.numpy()[:, None] / 40)
    labels[:, 4] = False
    found = mean_of_ply(labels, ply, game, np.random.default_rng(1))
    assert found.value == pytest.approx(float(areas(ply[:, None].double(), labels[:, :4]).mean()))
    assert found.low < found.value < found.high
    assert found.n == 30


def test_one_game_has_no_range_and_constant_flags_have_no_area() -> None:
    ply, game = torch.arange(10), torch.zeros(10, dtype=torch.int64)
    late = (ply > 4)[:, None]
    assert mean_of_ply(late, ply, game, np.random.default_rng(0)) == (1.0, 1.0, 1.0, 1)
    assert mean_of_ply(torch.zeros(10, 1, dtype=torch.bool), ply, game, np.random.default_rng(0)) == (0.5, 0.5, 0.5, 1)


def test_what_is_no_latent_is_measured_for_every_square(who: Subjects) -> None:
    select, report = (Flags.of(half, np.random.default_rng(0)) for half in (who.select, who.report))
    found = alone(select, report, np.random.default_rng(0))
    rim = places(6)[RIM]
    for name in ("ply", "own disc", "corner"):
        values = found[name]["published"]
        assert [value is None for value in values] == (~rim).tolist()
    # A corner is stable as soon as it is taken; the best other corner knows less.
    assert found["own disc"]["strict"][0] == 1.0
    assert found["corner"]["strict"][0] < 1.0
    assert found["rim"].value == pytest.approx(
        np.mean([v for v in found["ply"]["published"] if v is not None]), abs=1e-4
    )


def test_the_next_square_of_an_edge_follows_its_corner(who: Subjects) -> None:
    select, report = (Flags.of(half, np.random.default_rng(0)) for half in (who.select, who.report))
    found = alone(select, report, np.random.default_rng(0))["corner"]["published"][1]
    assert found == pytest.approx(float(areas(report.occupied[:, :1].double(), report.labels[:, 1:2])), abs=1e-5)


def test_no_number_is_none() -> None:
    assert numbers(torch.tensor([0.5, float("nan")])) == [0.5, None]
