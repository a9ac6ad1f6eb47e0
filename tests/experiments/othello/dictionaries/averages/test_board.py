import numpy as np
import pytest
from matplotlib.patches import Circle

from experiments.othello.dictionaries.averages.board import MINE, THEIRS, draw
from interp import plots
from interp.errors import ShapeError


def discs(mine: np.ndarray, theirs: np.ndarray, **options: object) -> list[Circle]:
    ax = draw(mine, theirs, plots.axes(), **options)  # type: ignore[arg-type]
    return [patch for patch in ax.patches if isinstance(patch, Circle)]


def hex_of(disc: Circle) -> str:
    from matplotlib.colors import to_hex

    return to_hex(disc.get_facecolor()).upper()


def test_a_disc_lies_on_every_square_that_is_ever_taken_in_the_colour_of_its_owner() -> None:
    mine, theirs = np.array([[1.0, 0.0], [0.0, 0.25]]), np.array([[0.0, 1.0], [0.0, 0.0]])
    found = {tuple(disc.center): disc for disc in discs(mine, theirs)}
    assert set(found) == {(0, 0), (1, 0), (1, 1)}
    assert hex_of(found[0, 0]) == MINE
    assert hex_of(found[1, 0]) == THEIRS
    assert hex_of(found[1, 1]) == MINE


def test_the_area_of_a_disc_is_the_share_of_positions_where_the_square_is_taken() -> None:
    whole, quarter = discs(np.array([[0.5, 0.25]]), np.array([[0.5, 0.0]]))
    assert quarter.radius == pytest.approx(whole.radius / 2)


def test_marked_squares_have_a_rim_and_the_last_move_a_dot() -> None:
    ax = draw(np.ones((2, 2)), np.zeros((2, 2)), plots.axes(), moved=(1, 0), marked=[(0, 1)])
    rims = [disc.center for disc in ax.patches if isinstance(disc, Circle) and disc.get_linewidth() > 0]
    assert rims == [(1, 0)]
    dots = [line for line in ax.lines if line.get_marker() == "o"]
    assert [np.asarray(line.get_xydata()).tolist() for line in dots] == [[[0, 1]]]


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (np.ones((2, 2)), np.ones((2, 2))),
        (-np.ones((2, 2)), np.ones((2, 2))),
        (np.full((2, 2), np.nan), np.ones((2, 2))),
    ],
)
def test_shares_that_cannot_be_are_refused(mine: np.ndarray, theirs: np.ndarray) -> None:
    with pytest.raises(ShapeError, match="sum to 1"):
        draw(mine, theirs, plots.axes())
