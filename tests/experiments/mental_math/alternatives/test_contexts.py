import numpy as np
import pytest
import torch

from experiments.mental_math.alternatives.contexts import few_contexts, numbers, some_of_each
from experiments.mental_math.subject import Subject
from interp.ablation.keys import by_token
from interp.activations.capture import capture
from interp.errors import ShapeError
from interp.models.sites import resid


def test_as_many_contexts_as_asked_are_taken_of_each_token_or_all_that_it_has() -> None:
    tokens = torch.tensor([[0, 5], [0, 5], [0, 6], [0, 5]])
    taken = some_of_each(tokens, by_token, 2, np.random.default_rng(0))
    assert taken[:, 0].sum() == 2
    assert taken[tokens[:, 1] == 5, 1].sum() == 2
    assert taken[tokens[:, 1] == 6, 1].sum() == 1


def test_every_context_has_the_same_chance() -> None:
    tokens, rng = torch.tensor([[3, 1], [3, 2], [3, 1]]), np.random.default_rng(0)
    counts = sum(some_of_each(tokens, by_token, 1, rng).long() for _ in range(900))
    assert isinstance(counts, torch.Tensor)
    expected = torch.tensor([[300, 450], [300, 900], [300, 450]])
    assert ((counts - expected).abs() < 75).all()


def test_with_all_contexts_the_means_are_those_of_the_subject(subject: Subject) -> None:
    means = few_contexts(subject, 2, 1000, np.random.default_rng(0), 16)
    tokens = subject.report.tokens
    torch.testing.assert_close(means.at(resid(2), tokens), subject.means.at(resid(2), tokens))
    assert means.counts.equal(subject.means.counts)


def test_a_mean_over_few_contexts_is_one_of_states_that_were_there(subject: Subject) -> None:
    fit, site = subject.fit.tokens, resid(2)
    states = capture(subject.model, fit, site)[site]
    table = few_contexts(subject, 2, 1, np.random.default_rng(3), 16).at(site, fit)
    for prompt in range(0, len(fit), 7):
        for position in range(fit.shape[1]):
            own = states[fit[:, position] == fit[prompt, position], position]
            assert (own - table[prompt, position]).abs().amax(1).min() < 1e-5


def test_contexts_are_counted_in_powers_of_two_up_to_the_commonest_second_operand(subject: Subject) -> None:
    place = subject.slots.index("B")
    fullest = int(subject.fit.tokens[:, place].bincount().max())
    assert numbers(subject)[-1] <= fullest < 2 * numbers(subject)[-1]
    assert numbers(subject)[:3] == [1, 2, 4]


def test_a_mean_over_nothing_is_refused(subject: Subject) -> None:
    with pytest.raises(ShapeError, match="at least one context"):
        few_contexts(subject, 1, 0, np.random.default_rng(0), 16)
