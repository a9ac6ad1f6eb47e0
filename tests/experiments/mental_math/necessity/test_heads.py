import numpy as np
import pytest

from experiments.mental_math.alternatives.chosen import Chosen
from experiments.mental_math.alternatives.counting import reported_on, top_hits
from experiments.mental_math.necessity.heads import pruned
from experiments.mental_math.necessity.settings import Settings
from experiments.mental_math.sampling import Sampling
from experiments.mental_math.subject import Plan, Subject, prepare
from experiments.mental_math.tasks import TASKS
from interp import load
from interp.last_token.heads import Head, only, transfer_heads


@pytest.fixture(scope="module")
def subject() -> Subject:
    """A model that waits two of its four blocks, and transfers in the third."""
    plan = Plan(Sampling(0, 14), fit=140, choose=25, report=40, floor=3)
    return prepare(load("sums-tiny"), TASKS["A+B"], plan, 0)


def test_heads_are_taken_away_until_too_little_is_kept(subject: Subject) -> None:
    setting = subject.setting(2, 1)
    found = pruned(subject, Chosen(setting, True, []), Settings(orders=3), np.random.default_rng(0))
    assert found is not None
    told, every = found.told, transfer_heads(setting, 4)
    assert sorted(map(tuple, told["order"])) == [tuple(one) for one in every]
    assert [Head(*one) for one in told["survivors"]] == found.left
    assert told["gone"] == 4 - len(found.left)
    assert told["share gone"] == told["gone"] / 4
    assert {Head(*one) for one in told["order"][told["gone"] :]} == set(found.left)

    known = reported_on(subject).known
    for gone, kept in enumerate(told["curve"]):
        heads = [Head(*one) for one in told["order"][gone:]]
        hits = top_hits(subject.engine.logits(known.tokens, only(setting, heads)), known)
        assert kept.value == hits.mean()
    assert told["left"] == told["curve"][told["gone"]]


def test_random_orders_begin_and_end_where_the_chosen_one_does(subject: Subject) -> None:
    found = pruned(subject, Chosen(subject.setting(2, 1), True, []), Settings(orders=3), np.random.default_rng(0))
    assert found is not None
    own, orders = [kept.value for kept in found.told["curve"]], found.told["random orders"]
    assert len(orders) == 3
    assert all(len(one) == 5 and (one[0], one[-1]) == (own[0], own[-1]) for one in orders)
    assert np.isclose(found.told["random"].value, np.mean([one[found.told["gone"]] for one in orders]))


def test_where_nothing_is_right_there_is_nothing_to_prune(subject: Subject) -> None:
    never = Subject.__new__(Subject)
    wrong = subject.choose._replace(answers=subject.choose.answers * 0)
    vars(never).update({**vars(subject), "choose": wrong, "full_choose": wrong.answers})
    assert pruned(never, Chosen(subject.setting(2, 1), True, []), Settings(), np.random.default_rng(0)) is None
