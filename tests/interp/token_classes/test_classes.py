import pytest
import torch

from interp.errors import ShapeError
from interp.token_classes import Classes, TokenSet

FUNCTION = TokenSet("function", torch.tensor([3, 0]), 5)


def test_a_set_and_the_others_are_two_classes() -> None:
    found = Classes.two(FUNCTION)
    assert found.names == ("function", "content")
    assert found.of.tolist() == [0, 1, 1, 0, 1]
    assert found.vocabulary == 5


def test_content_is_told_apart_by_where_words_begin_and_function_is_not() -> None:
    found = Classes.with_words(FUNCTION, torch.tensor([True, True, False, False, False]))
    assert found.names == ("function", "content, word-initial", "content, other")
    assert found.of.tolist() == [0, 1, 2, 0, 2]


def test_a_token_in_no_mask_is_in_no_class() -> None:
    found = Classes.by({"a": torch.tensor([True, False, False]), "b": torch.tensor([False, False, True])})
    assert found.of.tolist() == [0, -1, 1]


def test_a_class_may_be_without_a_token() -> None:
    assert Classes.with_words(FUNCTION, torch.zeros(5, dtype=torch.bool)).of.tolist() == [0, 2, 2, 0, 2]


def test_classes_that_overlap_and_flags_of_another_vocabulary_are_refused() -> None:
    with pytest.raises(ShapeError, match="token 1 is in two of the classes"):
        Classes.by({"a": torch.tensor([True, True]), "b": torch.tensor([False, True])})
    with pytest.raises(ShapeError, match="flags of 4 tokens for a set of 5"):
        Classes.with_words(FUNCTION, torch.zeros(4, dtype=torch.bool))


@pytest.mark.parametrize(
    ("names", "of", "says"),
    [
        ((), [-1], "need names"),
        (("a", "a"), [0], "each its own"),
        (("a",), [1], "numbered 0 to 0"),
        (("a",), [-2], "-1 for none"),
        (("a",), [], "class of every token"),
    ],
)
def test_numbers_that_are_no_class_are_refused(names: tuple[str, ...], of: list[int], says: str) -> None:
    with pytest.raises(ShapeError, match=says):
        Classes(names, torch.tensor(of, dtype=torch.int64))


def test_no_masks_are_no_classes() -> None:
    with pytest.raises(ShapeError, match="need names"):
        Classes.by({})
