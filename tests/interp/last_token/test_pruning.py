from itertools import combinations

import numpy as np
import pytest
import torch
from torch import Tensor

from interp import ShapeError
from interp.last_token.heads import Head, Sets, importance, transfer_heads
from interp.last_token.pruning import Curve, Pruning, curve, prune, prune_once, random_curves, survivors
from interp.last_token.setting import AllForOne
from interp.stats import Interval
from tests.interp.last_token import planted

SETTING = AllForOne(1, 2)
CHOSEN = planted.made(40).prompts
WORTH = {Head(1, 1): 0.5, Head(2, 0): 0.3, Head(2, 1): 0.2}


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_worthless_heads_go_first_and_the_most_important_last() -> None:
    found = prune(planted.by_heads(WORTH), SETTING, 2, CHOSEN)
    assert found.order == [(1, 0), (2, 1), (2, 0), (1, 1)]
    np.testing.assert_allclose(found.kept, [1, 1, 0.8, 0.5, 0])
    once = prune_once(planted.by_heads(WORTH), SETTING, 2, CHOSEN)
    assert once.order == found.order
    np.testing.assert_allclose(once.kept, found.kept)


@pytest.mark.parametrize("heads", [1, 2, 3])
def test_the_cost_is_counted(heads: int) -> None:
    n = 2 * heads
    logits = planted.by_heads(WORTH)
    assert prune(logits, SETTING, heads, CHOSEN).runs == n * (n + 1) // 2 + 1
    assert prune_once(logits, SETTING, heads, CHOSEN).runs == 2 * n


def spare(tokens: Tensor, setting: AllForOne) -> Tensor:
    """Heads 0 and 1 do the same work, either is enough; head 2 adds a little of its own."""
    heads = setting.heads[1]
    return planted.logits(tokens, planted.share(tokens, 0.8 * bool({0, 1} & heads) + 0.2 * (2 in heads)))


def test_ranking_anew_keeps_one_of_two_heads_that_stand_in_for_each_other() -> None:
    setting = AllForOne(1, 1)
    assert importance(spare, setting, 3, CHOSEN).faithful == pytest.approx([0, 0, 0.2])
    found, once = prune(spare, setting, 3, CHOSEN), prune_once(spare, setting, 3, CHOSEN)
    # Alone neither matters; once one is gone the other does, which only ranking anew sees.
    assert found.order == [(1, 0), (1, 2), (1, 1)]
    np.testing.assert_allclose(found.kept, [1, 1, 0.8, 0])
    assert once.order == [(1, 0), (1, 1), (1, 2)]
    np.testing.assert_allclose(once.kept, [1, 1, 0.2, 0])
    assert survivors(found, 0.7) == [(1, 1)]
    assert survivors(once, 0.7) == [(1, 1), (1, 2)]


def test_each_step_is_the_best_of_all_removals() -> None:
    generator = torch.Generator().manual_seed(0)
    table = {
        frozenset(some): torch.rand(40, generator=generator)
        for size in range(5)
        for some in combinations([Head(layer, head) for layer in (1, 2) for head in (0, 1)], size)
    }

    def logits(tokens: Tensor, setting: AllForOne) -> Tensor:
        kept = frozenset(Head(layer, head) for layer, heads in setting.heads.items() for head in heads)
        return planted.logits(tokens, table[kept] < 0.5, float(table[kept][0]) + 1)

    found, left = prune(logits, SETTING, 2, CHOSEN), set(transfer_heads(SETTING, 2))
    for gone, head in enumerate(found.order):
        scores = {one: Sets(logits, SETTING, CHOSEN)(left - {one}) for one in left}
        assert scores[head] == max(scores.values())
        assert found.kept[gone + 1] == scores[head].faithful
        left -= {head}
    assert left == set()


def test_a_curve_is_measured_on_other_prompts_that_the_full_model_answers_right() -> None:
    report = planted.made(50, wrong=10, first=500)
    order = [Head(1, 0), Head(2, 1), Head(2, 0), Head(1, 1)]
    found = curve(planted.by_heads(WORTH), SETTING, order, report, rng())
    assert found.order == order
    assert [step.value for step in found.kept] == pytest.approx([1, 1, 0.8, 0.5, 0])
    assert [step.n for step in found.kept] == [40] * 5
    assert found.kept[0] == (1.0, 1.0, 1.0, 40)
    assert found.kept[2].low < 0.8 < found.kept[2].high


def test_random_orders_are_orders_of_all_heads_and_end_where_every_order_ends() -> None:
    report = planted.made(20)
    found = random_curves(planted.by_heads(WORTH), SETTING, 2, report, rng(), orders=6)
    assert len(found) == 6
    assert len({tuple(one.order) for one in found}) > 1
    for one in found:
        assert sorted(one.order) == transfer_heads(SETTING, 2)
        assert (one.kept[0].value, one.kept[-1].value) == (1.0, 0.0)
    again = random_curves(planted.by_heads(WORTH), SETTING, 2, report, rng(), orders=6)
    assert found == again


def order(count: int) -> list[Head]:
    return [Head(0, head) for head in range(count)][::-1]


@pytest.mark.parametrize(
    ("kept", "keep", "left"),
    [
        ([1.0, 1.0, 0.96, 0.4, 0.0], 0.95, 2),
        ([1.0, 1.0, 0.95, 0.4, 0.0], 0.95, 2),
        ([0.8, 0.8, 0.76, 0.7, 0.0], 0.95, 2),  # a share of what all heads reach
        ([1.0, 0.9, 1.0, 1.0, 1.0], 0.95, 4),  # once fallen is fallen
        ([1.0, 0.9, 0.5, 0.2, 0.0], 0.95, 4),  # none can go
        ([1.0, 1.0, 1.0, 1.0, 1.0], 0.95, 0),  # all can go
        ([0.5, 1.0, 1.0, 0.5, 0.4], 1.0, 1),  # heads that harm do not count against it
    ],
)
def test_survivors_are_those_left_before_the_fall(kept: list[float], keep: float, left: int) -> None:
    heads = [Head(0, head) for head in range(left)]
    assert survivors(Pruning(order(4), np.array(kept), 0), keep) == heads
    assert survivors(Curve(order(4), [Interval(value, 0, 1, 9) for value in kept]), keep) == heads


def test_survivors_of_nothing_and_by_no_share_are_errors() -> None:
    with pytest.raises(ShapeError, match="nothing is right with all heads"):
        survivors(Pruning(order(1), np.zeros(2), 0))
    for keep in (0.0, 1.1, np.nan):
        with pytest.raises(ShapeError, match="keep is a share"):
            survivors(Pruning(order(1), np.ones(2), 0), keep)


def test_one_head_is_either_needed_or_not() -> None:
    found = prune(planted.by_heads({Head(1, 0): 1.0}), AllForOne(1, 1), 1, CHOSEN)
    assert (found.order, found.kept.tolist(), found.runs) == ([(1, 0)], [1.0, 0.0], 2)
    assert survivors(found) == [(1, 0)]
