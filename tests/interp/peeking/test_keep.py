from typing import Any

import pytest
import torch

from interp import ShapeError
from interp.peeking import everything, itself, last_n, last_sees, require_rows, with_sink


def rows(*pictures: str) -> list[list[bool]]:
    """A list drawn by hand: x is kept."""
    return [[mark == "x" for mark in picture] for picture in pictures]


def test_each_list_is_the_one_drawn_by_hand() -> None:
    drawn = {
        "everything": (everything(4), rows("x...", "xx..", "xxx.", "xxxx")),
        "itself": (itself(4), rows("x...", ".x..", "..x.", "...x")),
        "sink": (with_sink(itself(4)), rows("x...", "xx..", "x.x.", "x..x")),
        "last sees": (last_sees(4, [1]), rows("x...", ".x..", "..x.", ".x.x")),
        "last sees from the end": (last_sees(4, [-2, 0]), rows("x...", ".x..", "..x.", "x.xx")),
        "last sees none": (last_sees(4, []), rows("x...", ".x..", "..x.", "...x")),
        "last 2": (last_n(4, 2), rows("x...", ".x..", "..x.", "..xx")),
        "last 2 and sink": (with_sink(last_n(4, 2)), rows("x...", "xx..", "x.x.", "x.xx")),
    }
    for name, (keep, truth) in drawn.items():
        assert keep.tolist() == truth, name


@pytest.mark.parametrize("positions", [1, 2, 5])
def test_the_last_one_is_itself_and_the_last_of_all_are_all(positions: int) -> None:
    assert torch.equal(last_n(positions, 1), itself(positions))
    for n in (positions, positions + 1, 10):
        assert last_n(positions, n)[-1].all()
    assert torch.equal(last_n(positions, 10), last_sees(positions, range(positions)))


@pytest.mark.parametrize("positions", [1, 2, 5])
def test_no_list_looks_ahead_and_none_leaves_a_query_nothing(positions: int) -> None:
    for keep in (everything(positions), itself(positions), last_n(positions, 2), last_sees(positions, [0])):
        for one in (keep, with_sink(keep)):
            assert not one.triu(1).any()
            require_rows(one)


def test_the_sink_is_added_to_a_copy_and_to_every_head() -> None:
    keep = torch.stack([itself(3), last_n(3, 2)])
    with_it = with_sink(keep)
    assert with_it.tolist() == [rows("x..", "xx.", "x.x"), rows("x..", "xx.", "xxx")]
    assert torch.equal(keep, torch.stack([itself(3), last_n(3, 2)]))


def test_a_query_without_edges_is_an_error_that_names_it() -> None:
    keep = everything(4)
    keep[2] = False
    with pytest.raises(ShapeError, match=r"leaves query 2 no token to see"):
        require_rows(keep)
    with pytest.raises(ShapeError, match=r"leaves query 2 of head 1 no token"):
        require_rows(torch.stack([everything(4), keep]))
    keep[2, 3] = True
    with pytest.raises(ShapeError, match=r"query 2 no token to see, neither itself nor one before it"):
        require_rows(keep)


def test_what_is_no_keep_list_is_an_error(unchecked: None) -> None:
    wrong: list[tuple[Any, str]] = [
        (torch.ones(3, 3), "boolean, not torch.float32"),
        (torch.ones(3, 4).bool(), r"not \[3, 4\]"),
        (torch.ones(3).bool(), r"not \[3\]"),
        (torch.ones(1, 1, 3, 3).bool(), r"not \[1, 1, 3, 3\]"),
    ]
    for keep, complaint in wrong:
        with pytest.raises(ShapeError, match=complaint):
            require_rows(keep)


def test_positions_that_are_not_there_are_errors() -> None:
    for make in (everything, itself, lambda n: last_n(n, 1), lambda n: last_sees(n, [])):
        with pytest.raises(ShapeError, match="at least one position, not 0"):
            make(0)
    with pytest.raises(ShapeError, match=r"cannot see \[4, -5\]: there are 4 positions"):
        last_sees(4, [3, 4, -5])
    with pytest.raises(ShapeError, match="n must be 1 or more, not 0"):
        last_n(4, 0)
