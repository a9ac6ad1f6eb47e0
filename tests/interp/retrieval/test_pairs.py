import numpy as np
import pytest
import torch

from interp.errors import ShapeError
from interp.retrieval.pairs import matched_pairs
from interp.sequences import Sequences

EVEN = torch.tensor([True, False])


def text(rows: int = 40, length: int = 30, seed: int = 0) -> Sequences:
    """Two tokens by chance; the last third of each sequence is another document."""
    tokens = torch.randint(2, (rows, length), generator=torch.Generator().manual_seed(seed))
    documents = (torch.arange(length) >= length * 2 // 3).long()[None] + 2 * torch.arange(rows)[:, None]
    kept = torch.ones_like(tokens, dtype=torch.bool)
    kept[:, 7:8] = False
    return Sequences(tokens, documents, torch.arange(length).expand(rows, length), kept, "chance")


def test_a_case_by_hand() -> None:
    tokens = torch.tensor([[0, 1, 0, 1, 1, 0, 1, 0]])
    found = matched_pairs(Sequences.of(tokens), EVEN, ~EVEN, np.random.default_rng(0), share=0.5)
    assert found.one[0].nonzero()[:, 0].tolist() == [2, 5]
    places = found.other[0].nonzero()[:, 0].tolist()
    assert len(places) == 2
    assert set(places) <= {1, 3, 4, 6}
    assert found.offset == pytest.approx(np.mean(places) - 3.5)


def test_pairs_are_of_the_right_classes_in_equal_numbers_and_close_together() -> None:
    data = text()
    found = matched_pairs(data, EVEN, ~EVEN, np.random.default_rng(1), reach=3)
    assert (found.one.sum(1) == found.other.sum(1)).all()
    assert (found.one.sum(1) <= 0.2 * 28).all()
    assert found.size > 100
    assert (data.tokens[found.one] == 0).all()
    assert (data.tokens[found.other] == 1).all()
    for side in (found.one, found.other):
        assert not side[:, [0, 7, 29]].any()
    assert abs(found.offset) < 0.5
    for row in range(len(data)):  # as many in each document, for no pair crosses
        for document in (2 * row, 2 * row + 1):
            inside = data.documents[row] == document
            assert int((found.one[row] & inside).sum()) == int((found.other[row] & inside).sum())


def taken(tokens: list[int], reach: int = 4, documents: list[int] | None = None, share: float = 0.5) -> set[int]:
    """Where token 1 is taken for token 0 over many draws; token 2 is of neither class."""
    one = Sequences.of(torch.tensor([tokens]))
    if documents is not None:
        one = Sequences(one.tokens, torch.tensor([documents]), one.places, one.kept, "by hand")
    masks = torch.tensor([True, False, False]), torch.tensor([False, True, False])
    found = [matched_pairs(one, *masks, np.random.default_rng(seed), reach=reach, share=share) for seed in range(20)]
    return {place for each in found for place in each.other[0].nonzero()[:, 0].tolist()}


def test_the_nearest_place_is_taken_and_either_of_two_at_the_same_distance() -> None:
    assert taken([2, 1, 2, 2, 0, 2, 1, 2, 2]) == {6}, "behind"
    assert taken([2, 2, 1, 1, 2, 0, 2, 2, 1, 2]) == {3}, "before"
    assert taken([2, 1, 2, 1, 2, 0, 2, 1, 1, 2]) == {3, 7}


def test_the_nearest_is_one_of_the_same_document() -> None:
    assert taken([2, 1, 2, 0, 1, 2, 2], documents=[0, 0, 0, 0, 1, 1, 1]) == {1}


def test_places_are_within_reach_on_either_side() -> None:
    for tokens, place in (([2, 1, 2, 2, 0, 2, 2, 2, 2], 1), ([2, 2, 2, 2, 0, 2, 2, 1, 2], 7)):
        assert taken(tokens, 3) == {place}
        with pytest.raises(ShapeError, match="within 2 positions"):
            taken(tokens, 2)
    assert taken([2, 0, 2, 2, 1, 2], 3) == {4}, "what is within reach may begin before the sequence"


def test_a_place_is_in_one_pair_only() -> None:
    tokens = torch.tensor([[2, 0, 1, 0, 2, 2, 1, 2, 2, 2]])
    masks = torch.tensor([True, False, False]), torch.tensor([False, True, False])
    seen = set()
    for seed in range(20):
        found = matched_pairs(Sequences.of(tokens), *masks, np.random.default_rng(seed), share=0.5)
        places = found.one[0].nonzero()[:, 0].tolist(), found.other[0].nonzero()[:, 0].tolist()
        seen.add(tuple(map(tuple, places)))
    assert seen == {((3,), (2,)), ((1, 3), (2, 6))}, "place 1 is too far from place 6, should place 3 come first"


def test_a_share_of_the_places_that_count_is_taken_and_which_is_chance() -> None:
    tokens = torch.tensor([[2, *[0, 1] * 10, 2]])  # 20 places that may be taken
    masks = torch.tensor([True, False, False]), torch.tensor([False, True, False])
    for share, size in ((0.05, 1), (0.24, 4), (0.25, 5)):
        found = [
            matched_pairs(Sequences.of(tokens), *masks, np.random.default_rng(seed), share=share) for seed in range(30)
        ]
        assert {each.size for each in found} == {size}
        assert {place for each in found for place in each.one[0].nonzero()[:, 0].tolist()} == set(range(1, 21, 2))


def test_without_a_pair_or_with_wrong_classes_it_is_refused() -> None:
    data, rng = text(2, 6), np.random.default_rng(0)
    with pytest.raises(ShapeError, match="in common"):
        matched_pairs(data, EVEN, EVEN, rng)
    with pytest.raises(ShapeError, match="is in no class"):
        matched_pairs(data, EVEN[:1], ~EVEN[:1], rng)
    with pytest.raises(ShapeError, match="share up to"):
        matched_pairs(data, EVEN, ~EVEN, rng, share=0.7)
    with pytest.raises(ShapeError, match="reach of 1"):
        matched_pairs(data, EVEN, ~EVEN, rng, reach=0)
    with pytest.raises(ShapeError, match="no two places"):
        matched_pairs(Sequences.of(torch.zeros(2, 6, dtype=torch.int64)), EVEN, ~EVEN, rng)
