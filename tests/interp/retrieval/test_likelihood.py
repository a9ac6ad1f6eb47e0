import math

import pytest
import torch

from interp import ShapeError
from interp.retrieval.likelihood import LikelihoodRatio


def test_ratios_by_hand() -> None:
    # Of 4 tokens: 3 + 1, 0 + 1, 1 + 1, 0 + 1 of 8, against 0 + 1, 3 + 1, 1 + 1, 0 + 1 of 8.
    scorer = LikelihoodRatio.of(torch.tensor([0, 0, 0, 2]), torch.tensor([1, 1, 1, 2]), 4)
    assert scorer.weights.tolist() == pytest.approx([math.log(4), -math.log(4), 0, 0])
    assert scorer.ratios(torch.tensor([[0, 0], [0, 1], [1, 3]])).tolist() == pytest.approx(
        [math.log(4), 0, -math.log(4) / 2]
    )


def test_sides_of_other_sizes_are_counted_as_shares() -> None:
    scorer = LikelihoodRatio.of(torch.tensor([0, 1]), torch.tensor([0, 1, 0, 1, 0, 1]), 2)
    assert scorer.weights.tolist() == pytest.approx([0, 0])


def test_the_threshold_is_half_way_and_accuracy_is_of_each_side() -> None:
    scorer = LikelihoodRatio.of(torch.tensor([0, 0, 0, 2]), torch.tensor([1, 1, 1, 2]), 4)
    trait, other = torch.tensor([[0, 0], [2, 2]]), torch.tensor([[1, 1], [1, 1], [0, 2]])
    judge = scorer.halfway(trait, other)
    assert judge.threshold == pytest.approx((math.log(4) / 2 + -math.log(4) / 2) / 2)
    judge = scorer.halfway(trait[:1], other[:1])
    assert judge.threshold == pytest.approx(0)
    assert judge.accuracy(trait, other) == pytest.approx((0.5, 2 / 3))
    assert (judge(trait) == judge.ratios(trait) - judge.threshold).all()


@pytest.mark.usefixtures("unchecked")
def test_no_text_and_unknown_tokens_are_refused() -> None:
    good, none = torch.tensor([0, 1]), torch.tensor([], dtype=torch.int64)
    for trait, other in ((none, good), (good, none), (good, torch.tensor([4])), (torch.tensor([-1]), good)):
        with pytest.raises(ShapeError, match="all of them from 0 to 3"):
            LikelihoodRatio.of(trait, other, 4)
    with pytest.raises(ShapeError, match="at least one token"):
        LikelihoodRatio.of(good, good, 4).ratios(good)
