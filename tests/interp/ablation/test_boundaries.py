from collections.abc import Callable
from dataclasses import FrozenInstanceError

import pytest
import torch
from torch import Tensor

import interp
from interp import MissingKeyError, Model, ShapeError, UnknownNameError, conditional_means, with_first
from interp.ablation.boundaries import Boundary, conditional, nothing, plain_mean, resample, same_token, zero
from tests.interp.ablation.made import lists, prompts, slow

FITTED, ASKED = prompts(60), prompts(20, seed=1)
DEPTHS = (0, 1, 2)


def drawing(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def captured(model: Model, tokens: Tensor, depth: int) -> Tensor:
    return interp.capture(model, tokens, interp.resid(depth))[interp.resid(depth)]


@pytest.mark.parametrize("depth", DEPTHS)
def test_boundaries_are_what_they_say(model: Model, depth: int) -> None:
    means = conditional_means(model, FITTED)
    site = interp.resid(depth)
    own, fitted = captured(model, ASKED, depth), captured(model, FITTED, depth)
    truths = {
        nothing(model): own,
        conditional(means): slow(model, FITTED, site, ASKED).float(),
        plain_mean(means): fitted.double().mean(0).float().expand_as(own),
        zero(model): torch.zeros_like(own),
    }
    for boundary, truth in truths.items():
        found = boundary.states(depth, ASKED)
        assert (found.dtype, found.device) == (truth.dtype, truth.device)
        torch.testing.assert_close(found, truth, rtol=1e-4, atol=1e-5, msg=boundary.name)


def whole_donors(states: Tensor, donors: Tensor) -> list[set[int]]:
    """For each prompt, the donors whose states, at all positions, are the prompt's."""
    return [set((donors == one).flatten(1).all(1).nonzero().flatten().tolist()) for one in states]


def test_resampling_takes_one_whole_other_prompt_for_each_and_the_same_at_every_depth(model: Model) -> None:
    boundary = resample(model, FITTED, drawing(), batch=60)
    chosen = [whole_donors(boundary.states(depth, FITTED), captured(model, FITTED, depth)) for depth in DEPTHS]
    for prompt, donors in enumerate(zip(*chosen, strict=True)):
        shared = set.intersection(*donors)
        assert shared
        assert not any(torch.equal(FITTED[donor], FITTED[prompt]) for donor in shared)


def test_a_generator_decides_which_donors_are_drawn(gpt2: Model) -> None:
    for make in (resample, same_token):
        first, again, other = (make(gpt2, FITTED, drawing(seed)).states(2, ASKED) for seed in (0, 0, 1))
        assert torch.equal(first, again)
        assert not torch.equal(first, other)
        generator = drawing()
        one, two = make(gpt2, FITTED, generator), make(gpt2, FITTED, generator)
        assert not torch.equal(one.states(2, ASKED), two.states(2, ASKED))


def test_same_token_donors_have_the_same_key_there(model: Model) -> None:
    for keys in (interp.by_token, with_first):
        boundary = same_token(model, FITTED, drawing(), keys=keys, batch=60)
        for depth in DEPTHS:
            states, found = boundary.states(depth, ASKED), lists(model, FITTED, interp.resid(depth), keys)
            for prompt, names in enumerate(keys(ASKED).tolist()):
                for position, name in enumerate(names):
                    allowed = torch.stack(found[position, name])
                    assert (allowed == states[prompt, position].double()).all(1).any(), (depth, prompt, position)


def test_same_token_draws_each_donor_of_a_key_and_each_position_apart(gpt2: Model) -> None:
    donors = torch.tensor([[9, 1, 4], [9, 2, 4], [9, 3, 4], [9, 3, 4]])
    asked = torch.cartesian_prod(torch.tensor([9]), torch.tensor([1, 2, 3]), torch.tensor([4]))
    own = captured(gpt2, donors, 2)
    seen = set()
    for seed in range(40):
        states = same_token(gpt2, donors, drawing(seed)).states(2, asked)
        torch.testing.assert_close(states[:, 1], own[:3, 1])
        seen |= {int((own[:, 2] == row).all(1).nonzero()[0]) for row in states[:, 2]}
    assert seen == {0, 1, 2}


def test_on_average_over_draws_same_token_is_the_conditional_mean(gpt2: Model) -> None:
    means, asked = conditional_means(gpt2, FITTED), ASKED[:4]
    rows = [same_token(gpt2, FITTED, drawing(seed)).states(1, asked) for seed in range(80)]
    error = (torch.stack(rows).mean(0) - means.at(interp.resid(1), asked)).abs().max()
    spread = torch.stack(rows).std(0).max()
    assert error < 5 * spread / 80**0.5


@pytest.mark.parametrize(
    "make",
    [
        lambda model: nothing(model),
        lambda model: conditional(conditional_means(model, FITTED)),
        lambda model: plain_mean(conditional_means(model, FITTED)),
        lambda model: zero(model),
        lambda model: resample(model, FITTED, drawing(), batch=7),
        lambda model: same_token(model, FITTED, drawing(), batch=7),
    ],
)
def test_a_prompt_gets_the_same_in_whatever_batch_it_comes(gpt2: Model, make: Callable[[Model], Boundary]) -> None:
    boundary = make(gpt2)
    whole = boundary.states(1, ASKED)
    boundary.states(2, ASKED[3:9])
    parts = torch.cat([boundary.states(1, ASKED[10:]), boundary.states(1, ASKED[:10].int())])
    torch.testing.assert_close(parts, torch.cat([whole[10:], whole[:10]]), rtol=1e-5, atol=1e-5)


def test_boundaries_are_told_apart_by_name_and_stay_as_they_are(gpt2: Model) -> None:
    means = conditional_means(gpt2, FITTED)
    every = [nothing(gpt2), conditional(means), plain_mean(means), zero(gpt2)]
    every += [resample(gpt2, FITTED, drawing()), same_token(gpt2, FITTED, drawing())]
    assert len({boundary.name for boundary in every}) == 6
    with pytest.raises(FrozenInstanceError):
        every[0].name = "other"  # type: ignore[misc]
    for boundary in every:
        with pytest.raises(UnknownNameError):
            boundary.states(3, ASKED)


def test_prompts_that_no_mean_and_no_donor_fits_are_errors(gpt2: Model) -> None:
    means, longer = conditional_means(gpt2, FITTED), torch.cat([ASKED, ASKED], 1)
    strange = ASKED.clone()
    strange[2, 3] = 40
    for boundary in (conditional(means), plain_mean(means)):
        with pytest.raises(MissingKeyError, match="of 5 tokens say nothing about prompts of 10"):
            boundary.states(1, longer)
    for make in (resample, same_token):
        with pytest.raises(ShapeError, match="donors of 5 tokens cannot stand in for 10"):
            make(gpt2, FITTED, drawing()).states(1, longer)
        with pytest.raises(ShapeError, match="empty"):
            make(gpt2, FITTED[:0], drawing())
    with pytest.raises(MissingKeyError, match="position 3 has too few contexts"):
        conditional(means).states(1, strange)
    with pytest.raises(MissingKeyError, match=r"key 40 \(token 40\) at position 3 has no contexts"):
        same_token(gpt2, FITTED, drawing()).states(1, strange)
    with pytest.raises(ShapeError, match="another prompt"):
        resample(gpt2, ASKED[:1].expand(3, -1), drawing()).states(1, ASKED[:1])
