import numpy as np
import torch

from experiments.othello.dictionaries.averages.facts import Facts
from experiments.othello.dictionaries.averages.gallery import gallery
from experiments.othello.dictionaries.averages.squares import Squares
from experiments.othello.dictionaries.averages.strongest import Strongest
from experiments.othello.dictionaries.subjects import Subjects


def some_facts(squares: int) -> Facts:
    """Latents 0 and 1 know the last move, 2 one square, 3 two, 4 nothing; 5 knows one but is not judged."""
    beyond = torch.zeros(6, 2, squares, dtype=torch.bool)
    beyond[2, 0, 3] = beyond[3, 1, 4] = beyond[3, 0, 5] = beyond[5, 0, 1] = True
    moved = torch.tensor([7, 8, -1, -1, -1, -1])
    judged = torch.tensor([True] * 5 + [False])
    return Facts(judged, beyond, beyond, beyond, moved, torch.zeros(6, squares, dtype=torch.bool))


def test_boards_are_averages_over_the_rows_of_latents_drawn_from_each_class(who: Subjects) -> None:
    report = Squares.of(who.report)
    again = Strongest(6, torch.arange(6).repeat_interleave(10), torch.arange(60))
    shown = gallery(some_facts(who.rules.squares), again, report, 2, np.random.default_rng(0), each=2)
    assert [(one["class"], one["moved"], one["marked"]) for one in shown if one["class"] != "current move"] == [
        ("single square", -1, [3]),
        ("conjunction", -1, [4, 5]),
    ]
    assert sorted(one["latent"] for one in shown) == [0, 1, 2, 3]
    for one in shown:
        rows = who.report.owner[10 * one["latent"] : 10 * one["latent"] + 10]
        np.testing.assert_allclose(one["mine"], (rows == 1).float().mean(0).numpy(), atol=1e-3)
        np.testing.assert_allclose(one["theirs"], (rows == 2).float().mean(0).numpy(), atol=1e-3)
        assert (one["depth"], one["rows"]) == (2, 10)


def test_no_more_latents_are_shown_than_asked_for(who: Subjects) -> None:
    report = Squares.of(who.report)
    again = Strongest(6, torch.arange(6), torch.arange(6))
    shown = gallery(some_facts(who.rules.squares), again, report, 1, np.random.default_rng(0), each=1)
    assert [one["class"] for one in shown] == ["current move", "single square", "conjunction"]
