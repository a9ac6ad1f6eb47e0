import numpy as np

from experiments.mental_math.alternatives.chosen import choose
from experiments.mental_math.alternatives.counting import chosen_on, top_hits
from experiments.mental_math.subject import Subject


def test_the_chosen_setting_passes_and_the_longer_wait_does_not(subject: Subject) -> None:
    found = choose(subject, 0.2, 16, np.random.default_rng(0))
    known, depth = chosen_on(subject).known, subject.model.depth

    def kept(wait: int, transfer: int) -> float:
        return float(top_hits(subject.engine.logits(known.tokens, subject.setting(wait, transfer)), known).mean())

    assert len(found.waiting) == depth + 1
    assert found.waiting[0] == 1
    passing = [
        (wait, transfer)
        for wait in range(1, depth + 1)
        for transfer in range(depth - wait + 1)
        if found.waiting[wait] >= 0.2 and kept(wait, transfer) >= 0.2
    ]
    longest = max((wait for wait, _ in passing), default=0)
    assert found.found is bool(passing)
    if passing:
        assert (found.setting.wait, found.setting.transfer) == min(p for p in passing if p[0] == longest)


def test_where_nothing_waits_one_block_waits_and_the_others_transfer(subject: Subject) -> None:
    subject_depth = subject.model.depth
    found = choose(subject, 1.0, 16, np.random.default_rng(0))
    assert not found.found, "three blocks that learned ten times ten sums by heart do not wait"
    assert found.setting == subject.setting(1, subject_depth - 1)
    told = found.told()
    assert (told["wait"], told["transfer"], told["last waiting block, from 0"]) == (1, 2, 0)
    assert told["transfer blocks, from 0"] == [1, 2]
