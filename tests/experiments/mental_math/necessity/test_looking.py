import numpy as np
import pytest
import torch

from experiments.mental_math.alternatives.chosen import Chosen
from experiments.mental_math.necessity.looking import looked_at, on_one, places
from experiments.mental_math.subject import Subject
from interp.last_token.attends import Attention
from interp.last_token.heads import Head, transfer_heads

HEAD = Head(2, 0)


def attention(rows: list[list[float]]) -> Attention:
    return Attention([2], torch.tensor(rows)[:, None, None])


def test_the_share_on_one_operand_by_hand() -> None:
    seen = attention([[0.2, 0.6, 0.0, 0.2], [0.2, 0.3, 0.1, 0.4]])  # operands at 1 and 3: the first gets more
    judged = attention([[0.5, 0.1, 0.0, 0.4], [0.0, 0.9, 0.1, 0.0], [1.0, 0.0, 0.0, 0.0]])
    assert on_one(seen, judged, HEAD, [1, 3]) == pytest.approx([0.2, 1.0, 0.5])


def test_operands_stand_where_the_slots_say(subject: Subject) -> None:
    assert places(subject) == [1, 3]


def test_maps_have_a_row_for_each_head_and_sum_to_one(subject: Subject) -> None:
    setting = subject.setting(1, 1)
    left = [Head(1, 0), Head(1, 3)]
    found = looked_at(subject, Chosen(setting, True, []), left, 16, np.random.default_rng(0))
    for name, heads in (("single map", 2), ("all map", 4), ("full map", 2)):
        assert np.array(found[name]).shape == (heads, 5)
        assert np.array(found[name]).sum(1) == pytest.approx(1, abs=1e-5)
    assert len(found["single by head"]) == 2
    assert found["even"] == 0.5
    assert found["single"].value == pytest.approx(np.mean(found["single by head"]))


def test_where_no_head_goes_the_rest_are_all(subject: Subject) -> None:
    setting = subject.setting(1, 1)
    every = transfer_heads(setting, 4)
    found = looked_at(subject, Chosen(setting, True, []), every, 16, np.random.default_rng(0))
    assert found["single by head"] == pytest.approx(found["all by head"])


def test_in_one_block_heads_do_not_change_what_others_see(subject: Subject) -> None:
    chosen = Chosen(subject.setting(1, 1), True, [])
    found = looked_at(subject, chosen, [Head(1, 2)], 16, np.random.default_rng(0))
    assert found["single by head"][0] == pytest.approx(found["all by head"][2], abs=1e-5)
