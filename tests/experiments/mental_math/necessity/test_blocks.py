import numpy as np
import pytest
import torch

from experiments.mental_math.alternatives.chosen import Chosen
from experiments.mental_math.alternatives.counting import reported_on, top_hits
from experiments.mental_math.necessity.blocks import knocked_out
from experiments.mental_math.subject import Subject
from interp.activations.edits import edited
from interp.peeking.peek import peek


def without(subject: Subject, blocks: list[int]) -> float:
    """What is kept when a mask made by hand shuts the last token of some blocks off from the others."""
    known = reported_on(subject).known
    mask = torch.ones(5, 5, dtype=torch.bool).tril()
    mask[-1, 1:-1] = False
    with edited(subject.model, *(peek(block, mask) for block in blocks)):
        return float(top_hits(subject.model(known.tokens)[:, -1].detach(), known).mean())


def test_blocks_are_knocked_out_one_by_one_and_more_and_more(subject: Subject) -> None:
    chosen = Chosen(subject.setting(1, 1), True, [])
    found = knocked_out(subject, chosen, 16, np.random.default_rng(0))
    alone = [without(subject, [block]) for block in range(3)]
    assert [kept.value for kept in found["one"]] == pytest.approx(alone)
    for name, order in (("from the first on", [0, 1, 2]), ("from the last on", [2, 1, 0])):
        more = [without(subject, order[: step + 1]) for step in range(3)]
        assert [kept.value for kept in found["more"][name]] == pytest.approx(more)
    assert found["least"].value == pytest.approx(1 - alone[1])
    assert found["most"].value == pytest.approx(1 - min(alone[0], alone[2]))


def test_of_several_transfer_blocks_the_least_harmful_counts(subject: Subject) -> None:
    found = knocked_out(subject, Chosen(subject.setting(1, 2), True, []), 16, np.random.default_rng(0))
    assert found["least"].value == pytest.approx(1 - max(without(subject, [1]), without(subject, [2])))


def test_without_others_or_without_transfer_there_is_nothing_to_compare(subject: Subject) -> None:
    rng = np.random.default_rng(0)
    assert knocked_out(subject, Chosen(subject.setting(0, 3), True, []), 16, rng)["most"] is None
    assert knocked_out(subject, Chosen(subject.setting(2, 0), True, []), 16, rng)["least"] is None
