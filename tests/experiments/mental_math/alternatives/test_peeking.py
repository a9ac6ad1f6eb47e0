import torch

from experiments.mental_math.alternatives.counting import reported_on
from experiments.mental_math.alternatives.peeking import (
    FOUND,
    HIDDEN,
    NO_SINK,
    OTHERS,
    USUAL,
    last_so_many,
    ways,
    without_slot,
)
from experiments.mental_math.alternatives.stand_ins import CONDITIONAL, StandIn, stand_ins
from experiments.mental_math.subject import Subject
from interp.ablation.boundaries import conditional
from interp.activations.edits import edited, replace
from interp.models.sites import resid, scores
from interp.peeking.peek import peek


def base(subject: Subject) -> StandIn:
    return next(one for one in stand_ins(subject, 16, 0) if one.name == CONDITIONAL)


def by_masks(subject: Subject, wait: int, masks: list[torch.Tensor]) -> torch.Tensor:
    """The answer when each block from `wait` on keeps the edges of its mask."""
    tokens = reported_on(subject).known.tokens
    states = conditional(subject.means).states(wait, tokens)
    peeks = [peek(wait + number, mask) for number, mask in enumerate(masks)]
    with edited(subject.model, replace(resid(wait), states), *peeks):
        found: torch.Tensor = subject.model(tokens)[:, -1].detach()
        return found


def test_each_way_is_what_masks_made_by_hand_give(subject: Subject) -> None:
    known = reported_on(subject).known
    found = ways(base(subject), subject.setting(1, 1), known)
    eye, all_of_them = torch.eye(5, dtype=torch.bool), torch.ones(5, 5, dtype=torch.bool).tril()
    sink = eye.clone()
    sink[:, 0] = True
    looking = sink.clone()
    looking[-1] = True
    seen = eye.clone()
    seen[-1] = True
    not_first = seen.clone()
    not_first[-1, 0] = False
    others_alone, others_look = all_of_them.clone(), all_of_them.clone()
    others_alone[-1] = sink[-1]
    wanted = {
        FOUND: [looking, sink],
        USUAL: [all_of_them, all_of_them],
        OTHERS: [others_look, others_alone],
        NO_SINK: [seen, eye],
        HIDDEN: [not_first, eye],
    }
    assert found.keys() == wanted.keys()
    for name, masks in wanted.items():
        torch.testing.assert_close(found[name], by_masks(subject, 1, masks), atol=1e-4, rtol=0)


def test_the_last_token_sees_more_and_more_until_it_sees_all(subject: Subject) -> None:
    known, setting = reported_on(subject).known, subject.setting(1, 1)
    found = last_so_many(base(subject), setting, known)
    assert len(found) == 5
    isolated = subject.engine.logits(known.tokens, subject.setting(1, 0))
    torch.testing.assert_close(found[0], isolated, atol=1e-4, rtol=0)
    for last in (-2, -1):
        torch.testing.assert_close(found[last], subject.engine.logits(known.tokens, setting), atol=1e-4, rtol=0)


def test_a_hidden_slot_is_seen_in_no_block(subject: Subject) -> None:
    known = reported_on(subject).known
    found = without_slot(base(subject), subject.setting(1, 1), known)
    assert len(found) == 4
    sink = torch.eye(5, dtype=torch.bool)
    sink[:, 0] = True
    for position, logits in enumerate(found):
        looking, alone = sink.clone(), sink.clone()
        looking[-1] = True
        looking[-1, position] = alone[-1, position] = False
        torch.testing.assert_close(logits, by_masks(subject, 1, [looking, alone]), atol=1e-4, rtol=0)


def test_without_a_sink_there_is_no_first_token_to_hide(subject: Subject) -> None:
    known = reported_on(subject).known
    found = ways(base(subject), subject.setting(1, 1, sink=False), known)
    assert found.keys() == {FOUND, USUAL, OTHERS}


def test_the_model_is_left_as_it_was(subject: Subject) -> None:
    known = reported_on(subject).known
    before = subject.model(known.tokens)
    ways(base(subject), subject.setting(1, 1), known)
    assert torch.equal(subject.model(known.tokens), before)
    assert scores(0) not in subject.means.sites
