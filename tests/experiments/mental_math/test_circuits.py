import pytest
import torch

from experiments.mental_math import circuits
from experiments.mental_math.model import Shape, build, last_logits
from interp.errors import UnknownNameError


def edges(mask: torch.Tensor) -> set[tuple[int, int]]:
    return {(int(query), int(key)) for query, key in mask.nonzero()}


SELF = {(0, 0), (1, 0), (1, 1), (2, 0), (2, 2), (3, 0), (3, 3)}


def test_all_for_one_by_hand() -> None:
    masks = circuits.all_for_one(4, 4, wait=1, transfer=2)
    assert [edges(mask) for mask in masks] == [SELF, SELF | {(3, 1), (3, 2)}, SELF | {(3, 1), (3, 2)}, SELF]


def test_in_turn_by_hand() -> None:
    masks = circuits.planted(1, 2, step=1, depth=4, positions=4, first=1)
    assert [edges(mask) for mask in masks] == [SELF, SELF | {(3, 1)}, SELF | {(3, 2)}, SELF]
    assert torch.equal(circuits.planted(1, 2, 0, 4, 4, 1), circuits.all_for_one(4, 4, 1, 2))


def test_a_chain_by_hand() -> None:
    masks = circuits.chain(2, 4)
    assert all(edges(mask) == SELF | {(2, 1), (3, 2)} for mask in masks)


@pytest.mark.parametrize("masks", [circuits.chain(3, 6), circuits.all_for_one(3, 6, 1, 1)])
def test_nobody_looks_ahead_and_nobody_sees_nothing(masks: torch.Tensor) -> None:
    assert not masks.triu(1).any()
    assert masks.any(-1).all()


def test_under_masks_the_model_does_not_see_what_is_masked_and_afterwards_does() -> None:
    model = build(Shape(depth=3, width=16, heads=2), 30, 0).eval()
    tokens = torch.tensor([[0, 5, 6, 7], [0, 9, 6, 7], [0, 5, 8, 7]])
    blocks = list(model.transformer.h)  # type: ignore[union-attr,arg-type]
    with torch.no_grad():
        before = last_logits(model, tokens)
        with circuits.masked(blocks, circuits.all_for_one(3, 4, 1, 1, [[1]])):
            only_first = last_logits(model, tokens)
        with circuits.masked(blocks, circuits.all_for_one(3, 4, 3, 0)):
            nothing = last_logits(model, tokens)
        with circuits.masked(blocks, torch.ones(3, 4, 4, dtype=torch.bool).tril()):
            everything = last_logits(model, tokens)
        after = last_logits(model, tokens)
    assert torch.equal(only_first[0], only_first[2])
    assert not torch.allclose(only_first[0], only_first[1])
    assert torch.equal(nothing[0], nothing[1])
    assert torch.allclose(everything, before, atol=1e-5)
    assert torch.equal(before, after)


def test_an_unknown_circuit_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="all for one"):
        circuits.require_known("all-for-one")
