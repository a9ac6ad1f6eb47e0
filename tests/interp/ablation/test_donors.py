import pytest
import torch

import interp
from interp import Model, ShapeError, UnknownNameError
from interp.ablation.donors import Kept, draws, others, seed_from
from tests.interp.ablation.made import prompts


def test_a_draw_depends_on_the_prompt_and_the_seed_alone() -> None:
    tokens = prompts(50, values=30)
    truth = draws(tokens, 5)
    assert truth.shape == tokens.shape
    assert truth.dtype == torch.int64
    assert truth.min() >= 0
    assert truth.max() < 2**62
    order = torch.randperm(50, generator=torch.Generator().manual_seed(0))
    assert torch.equal(draws(tokens[order].int(), 5), truth[order])
    assert torch.equal(draws(tokens[7:8], 5), truth[7:8])
    assert (draws(tokens, 6) != truth).all()


def test_draws_of_neighbouring_prompts_are_spread_evenly() -> None:
    every = torch.cartesian_prod(*[torch.arange(30)] * 3)
    for seed in (0, 1, 2**62 - 1):
        found = draws(every, seed)
        for column in found.T:
            counts = (column % 10).bincount(minlength=10).double()
            # Chi-squared with 9 degrees of freedom: above 33.7 in one case of 10,000.
            assert ((counts - 2700) ** 2 / 2700).sum() < 33.7
        shared = (found[:, :1] % 100 == found[:, 1:] % 100).double().mean()
        assert 0.007 < shared < 0.013
        following = (found[1:, 0] % 100 == found[:-1, 0] % 100).double().mean()
        assert 0.007 < following < 0.013


def test_a_seed_is_one_draw_of_the_generator() -> None:
    generators = [torch.Generator().manual_seed(seed) for seed in (0, 0, 1)]
    first = [seed_from(generator) for generator in generators]
    assert first[0] == first[1] != first[2]
    assert seed_from(generators[0]) != first[0]


def test_a_prompt_moves_on_from_itself_to_the_next_donor() -> None:
    donors = torch.tensor([[1, 1], [2, 2], [2, 2], [3, 3]])
    tokens = torch.tensor([[1, 1], [2, 2], [3, 3], [1, 2], [1, 1]])
    chosen = torch.tensor([0, 1, 3, 2, 3])
    assert others(donors, tokens, chosen).tolist() == [1, 3, 0, 2, 3]
    with pytest.raises(ShapeError, match="all donors are the same as it"):
        others(donors[1:3], tokens, torch.zeros(5, dtype=torch.int64))


def test_states_are_kept_for_one_depth(gpt2: Model) -> None:
    tokens = prompts(10)
    kept = Kept(gpt2, tokens, 4)
    first = kept.at(1)
    torch.testing.assert_close(first, interp.capture(gpt2, tokens, interp.resid(1))[interp.resid(1)])
    assert kept.at(1) is first
    torch.testing.assert_close(kept.at(2), interp.capture(gpt2, tokens, interp.resid(2))[interp.resid(2)])
    assert kept.at(1) is not first


def test_after_a_depth_that_the_model_has_not_the_others_are_as_before(gpt2: Model) -> None:
    kept = Kept(gpt2, prompts(10), 4)
    before = kept.at(1)
    with pytest.raises(UnknownNameError, match="2 blocks"):
        kept.at(3)
    assert torch.equal(kept.at(1), before)
