import numpy as np
import torch

from experiments.mental_math.alternatives.counting import chosen_on, hits, majority, reported_on, share, top_hits
from experiments.mental_math.subject import Subject
from interp.last_token.prompts import Prompts

KNOWN = Prompts(torch.zeros(4, 2, dtype=torch.long), torch.tensor([7, 7, 3, 1]))


def test_hits_are_counted_and_shared_out() -> None:
    found = hits(torch.tensor([7, 3, 3, 0]), KNOWN)
    assert found.tolist() == [1, 0, 1, 0]
    assert share(found, np.random.default_rng(0)).value == 0.5
    assert top_hits(torch.eye(8)[torch.tensor([7, 3, 3, 0])], KNOWN).tolist() == [1, 0, 1, 0]


def test_the_majority_is_the_commonest_answer() -> None:
    assert majority(KNOWN) == 0.5


def test_halves_carry_the_marks_of_the_full_model(subject: Subject) -> None:
    for half, right in ((chosen_on(subject), subject.right_choose), (reported_on(subject), subject.right_report)):
        assert half.right.equal(right)
        full = subject.model(half.known.tokens)[:, -1]
        assert top_hits(full, half.known).all()
