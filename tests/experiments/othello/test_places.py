import numpy as np
import pytest

from experiments.othello.places import CENTRE, RIM, RING, SECOND_RING, places
from experiments.othello.rules import Rules
from interp.errors import ShapeError


@pytest.mark.parametrize(("size", "expected"), [(8, (28, 20, 12, 4)), (6, (20, 0, 12, 4)), (4, (12, 0, 12, 4))])
def test_the_parts_of_every_board_have_their_sizes(size: int, expected: tuple[int, ...]) -> None:
    parts = places(size)
    assert tuple(int(parts[name].sum()) for name in (RIM, SECOND_RING, RING, CENTRE)) == expected


@pytest.mark.parametrize(("square", "part"), [(0, RIM), (7 * 8 + 3, RIM), (9, SECOND_RING), (18, RING), (27, CENTRE)])
def test_every_square_of_the_large_board_lies_in_one_part(square: int, part: str) -> None:
    parts = places(8)
    assert [name for name, mask in parts.items() if mask[square]] == [part]
    assert np.stack(list(parts.values())).sum(0).tolist() == [1] * 64


@pytest.mark.parametrize("size", [4, 6, 8])
def test_the_centre_is_that_of_the_rules(size: int) -> None:
    assert np.flatnonzero(places(size)[CENTRE]).tolist() == list(Rules(size).centre)


@pytest.mark.parametrize("size", [2, 5])
def test_a_board_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ShapeError, match="even size"):
        places(size)
