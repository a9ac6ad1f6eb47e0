import numpy as np
import pytest

from experiments.othello.dictionaries.neurons.regions import regions
from interp.errors import ShapeError


def test_the_ring_is_the_twelve_squares_around_the_middle() -> None:
    ring = np.flatnonzero(regions(8)["ring"])
    assert ring.tolist() == [18, 19, 20, 21, 26, 29, 34, 37, 42, 43, 44, 45]  # c3-f3, c4, f4, c5, f5, c6-f6
    assert np.flatnonzero(regions(6)["centre"]).tolist() == [14, 15, 20, 21]


@pytest.mark.parametrize(("size", "counts"), [(4, (12, 12, 4, 0)), (6, (20, 12, 4, 0)), (8, (28, 12, 4, 20))])
def test_parts_of_boards_have_their_squares(size: int, counts: tuple[int, ...]) -> None:
    assert tuple(int(part.sum()) for part in regions(size).values()) == counts


def test_other_boards_are_refused() -> None:
    with pytest.raises(ShapeError, match="even size"):
        regions(5)
