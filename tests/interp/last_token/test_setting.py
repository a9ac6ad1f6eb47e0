from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from interp import ShapeError
from interp.last_token.setting import AllForOne, triangle


def test_the_blocks_that_peek_come_right_after_those_that_wait() -> None:
    assert list(AllForOne(15, 2).peeking) == [15, 16]
    assert list(AllForOne(3, 0).peeking) == []


@pytest.mark.parametrize("depth", [0, 1, 2, 4])
def test_the_triangle_holds_every_setting_once_in_order(depth: int) -> None:
    found = [(setting.wait, setting.transfer) for setting in triangle(depth)]
    assert found == sorted(set(found))
    assert len(found) == (depth + 1) * (depth + 2) // 2
    for setting in triangle(depth):
        setting.require_fits(depth)
    assert [(one.wait, one.transfer) for one in triangle(1)] == [(0, 0), (0, 1), (1, 0)]


@pytest.mark.parametrize(("wait", "transfer"), [(-1, 0), (0, -1), (-2, 3)])
def test_numbers_of_blocks_below_zero_are_errors(wait: int, transfer: int) -> None:
    with pytest.raises(ShapeError, match=f"not {wait} and {transfer}"):
        AllForOne(wait, transfer)


def test_last_n_counts_the_last_token_itself() -> None:
    with pytest.raises(ShapeError, match="1 or more, not 0"):
        AllForOne(0, 1, last_n=0)
    assert AllForOne(0, 1, last_n=1).last_n == 1


def test_a_model_that_is_not_deep_enough_is_an_error_that_says_what_fits() -> None:
    AllForOne(2, 2).require_fits(4)
    with pytest.raises(ShapeError, match=r"wait 2 and transfer 3 are more than the 4 blocks.* can be 0 to 2"):
        AllForOne(2, 3).require_fits(4)
    with pytest.raises(ShapeError, match="can be 0 to 0"):
        AllForOne(5, 0).require_fits(4)


def test_heads_of_blocks_that_do_not_peek_are_errors() -> None:
    AllForOne(1, 2, heads={1: frozenset({0}), 2: frozenset()}).require_fits(4)
    for block in (0, 3):
        with pytest.raises(ShapeError, match=rf"heads are listed for blocks \[{block}\]"):
            AllForOne(1, 2, heads={block: frozenset({0})}).require_fits(4)


def test_a_setting_does_not_change() -> None:
    setting: Any = AllForOne(1, 2)
    with pytest.raises(FrozenInstanceError):
        setting.wait = 3
