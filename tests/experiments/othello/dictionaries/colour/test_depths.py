import pytest

from experiments.othello.dictionaries.colour.depths import at, between


def test_a_model_as_deep_as_theirs_has_the_same_layers() -> None:
    assert [at(layer, 8) for layer in range(1, 9)] == list(range(1, 9))


@pytest.mark.parametrize(("depth", "expected"), [(6, [1, 2, 3, 4, 5]), (4, [1, 1, 2, 3, 4]), (1, [1, 1, 1, 1, 1])])
def test_shown_layers_stand_relatively_as_deep_and_after_a_block(depth: int, expected: list[int]) -> None:
    assert [at(layer, depth) for layer in (1, 2, 4, 5, 7)] == expected


def test_both_ends_of_a_range_of_layers_belong_to_it() -> None:
    assert list(between(5, 7, 6)) == [4, 5]
    assert list(between(1, 2, 8)) == [1, 2]
