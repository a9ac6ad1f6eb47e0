import pytest
import torch

from experiments.mental_math.alternatives.stand_ins import ALONE, CONDITIONAL, NOTHING, RIVALS, StandIn, stand_ins
from experiments.mental_math.subject import Subject


@pytest.fixture
def every(subject: Subject) -> dict[str, StandIn]:
    return {one.name: one for one in stand_ins(subject, 16, 0)}


def test_all_seven_are_there_by_the_names_of_their_boundaries(every: dict[str, StandIn]) -> None:
    assert len(every) == 7
    assert {CONDITIONAL, ALONE, NOTHING, *RIVALS} < every.keys()
    assert all(one.boundary is None or one.boundary.name == name for name, one in every.items())


@pytest.mark.parametrize("name", [CONDITIONAL, ALONE, NOTHING])
def test_where_nothing_waits_nothing_is_lost(subject: Subject, every: dict[str, StandIn], name: str) -> None:
    tokens = subject.report.tokens
    full = subject.model(tokens)[:, -1]
    torch.testing.assert_close(every[name].then_all(tokens, 0), full, atol=1e-4, rtol=0)


def test_a_prompt_that_keeps_its_own_states_is_answered_as_ever(subject: Subject, every: dict[str, StandIn]) -> None:
    tokens = subject.report.tokens
    for wait in range(subject.model.depth + 1):
        logits = every[NOTHING].then_all(tokens, wait)
        torch.testing.assert_close(logits, subject.model(tokens)[:, -1], atol=1e-4, rtol=0)


def test_the_conditional_mean_is_what_the_engine_runs(subject: Subject, every: dict[str, StandIn]) -> None:
    tokens, setting = subject.report.tokens, subject.setting(1, 1)
    slow = every[CONDITIONAL].then_peeking(tokens, setting)
    torch.testing.assert_close(slow, subject.engine.logits(tokens, setting), atol=1e-4, rtol=0)


def test_self_only_attention_in_all_blocks_is_a_subgraph_without_transfer(
    subject: Subject, every: dict[str, StandIn]
) -> None:
    tokens, depth = subject.report.tokens, subject.model.depth
    alone = every[ALONE].then_all(tokens, depth)
    torch.testing.assert_close(alone, subject.engine.logits(tokens, subject.setting(0, 0)), atol=1e-4, rtol=0)
    assert (alone - alone[0]).abs().max() < 1e-4, "the last token sees '=' and the sink alone, in every prompt"
    torch.testing.assert_close(every[ALONE].then_peeking(tokens, subject.setting(depth, 0)), alone, atol=1e-4, rtol=0)


def test_the_same_seed_draws_the_same(subject: Subject) -> None:
    tokens = subject.report.tokens
    first, same, other = (
        {one.name: one.then_all(tokens, 1) for one in stand_ins(subject, 16, seed)} for seed in (1, 1, 2)
    )
    assert all(torch.equal(logits, same[name]) for name, logits in first.items())
    assert {name for name in first if not torch.equal(first[name], other[name])} == {"same token", "resample"}
