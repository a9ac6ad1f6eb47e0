import math

import numpy as np
import pytest
import torch

from interp import ShapeError
from interp.last_token.heads import Head, Sets, importance, margins, only, transfer_heads
from interp.last_token.setting import AllForOne
from tests.interp.last_token import planted

SETTING = AllForOne(2, 2)
WORTH = {Head(2, 1): 0.5, Head(3, 0): 0.4, Head(3, 2): 0.1}
PROMPTS = planted.made(20).prompts


def test_the_heads_are_those_of_the_transfer_blocks() -> None:
    assert transfer_heads(SETTING, 2) == [(2, 0), (2, 1), (3, 0), (3, 1)]
    listed = AllForOne(2, 2, heads={2: frozenset({1}), 3: frozenset()})
    assert transfer_heads(listed, 2) == [(2, 1)]


def test_a_setting_in_which_no_head_peeks_has_none_to_rank() -> None:
    for setting in (AllForOne(2, 0), AllForOne(2, 1, heads={2: frozenset()})):
        with pytest.raises(ShapeError, match="no head peeks"):
            transfer_heads(setting, 4)


def test_heads_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ShapeError, match="numbered 0 to 1: there is no Head"):
        transfer_heads(AllForOne(0, 1, heads={0: frozenset({2})}), 2)
    with pytest.raises(ShapeError, match=r"Head\(layer=1, head=0\) does not peek"):
        only(SETTING, [Head(1, 0)])


def test_only_lists_every_peeking_block_also_those_left_without_heads() -> None:
    found = only(SETTING, [Head(3, 2), Head(3, 0)])
    assert found == AllForOne(2, 2, heads={2: frozenset(), 3: frozenset({0, 2})})
    assert only(found, []).heads == {2: frozenset(), 3: frozenset()}
    kept = only(AllForOne(1, 1, last_n=2, sink=False), [Head(1, 0)])
    assert (kept.last_n, kept.sink) == (2, False)


def test_margins_are_differences_of_log_probabilities() -> None:
    logits = torch.tensor([[0.0, 2.0, 1.0], [3.0, 3.0, 0.0], [0.0, -1.0, 4.0]])
    found = margins(logits, torch.tensor([1, 0, 0]))
    assert found.tolist() == [1.0, 0.0, -4.0]
    logs = logits.log_softmax(-1)
    assert math.isclose(found[2], logs[2, 0] - logs[2, 2], rel_tol=1e-6)


def test_importance_is_what_is_lost_without_the_head_alone() -> None:
    found = importance(planted.by_heads(WORTH), SETTING, 3, PROMPTS)
    assert found.heads == transfer_heads(SETTING, 3)
    lost = dict(zip(found.heads, found.faithful, strict=True))
    for head in found.heads:
        assert lost[head] == pytest.approx(WORTH.get(head, 0.0))
    assert found.order == [(2, 0), (2, 2), (3, 1), (3, 2), (3, 0), (2, 1)]


def test_heads_that_cost_no_answer_are_told_apart_by_their_margin() -> None:
    # All prompts stay right; head (0, 1) is worth the most of the margin and head (0, 2) harms it.
    def logits(tokens: torch.Tensor, setting: AllForOne) -> torch.Tensor:
        worth = {0: 0.25, 1: 0.5, 2: -0.125}
        sure = 1 + sum(worth[head] for head in setting.heads[0])
        return planted.logits(tokens, torch.ones(len(tokens), dtype=torch.bool), sure)

    found = importance(logits, AllForOne(0, 1), 3, PROMPTS)
    assert found.faithful.tolist() == [0.0, 0.0, 0.0]
    assert found.margin.tolist() == [0.25, 0.5, -0.125]
    assert found.order == [(0, 2), (0, 0), (0, 1)]


def test_full_ties_leave_the_heads_as_they_stand() -> None:
    found = importance(planted.by_heads({}), AllForOne(0, 2), 2, PROMPTS)
    assert found.order == found.heads
    assert np.isfinite(found.margin).all()


def test_every_set_is_run_once() -> None:
    asked = 0

    def logits(tokens: torch.Tensor, setting: AllForOne) -> torch.Tensor:
        nonlocal asked
        asked += 1
        return planted.by_heads(WORTH)(tokens, setting)

    score = Sets(logits, SETTING, PROMPTS)
    heads = [Head(2, 1), Head(3, 0)]
    assert score(heads) == score(reversed(heads))
    assert score(heads).faithful == pytest.approx(0.9)
    score([])
    assert score.runs == asked == 2
