from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

import interp
from interp import Model, ShapeError
from interp.generation import generate
from interp.models.sites import resid
from interp.retrieval.prompts import Prompts
from interp.retrieval.steering import Writer
from interp.retrieval.trait import alike, by_site, direction, first_latents, last_activations, ranked, smallest, success
from tests.architectures import WIDTH, fresh, some_tokens


class Planted:
    """A dictionary of 6 latents: each is active as far as the activation has its coordinate; rows of many lengths."""

    W_dec = torch.eye(6, WIDTH) * torch.arange(1, 7)[:, None]

    def encode(self, x: Tensor, /) -> Tensor:
        return x[:, :6].relu()

    def decode(self, latents: Tensor, /) -> Tensor:
        return latents @ self.W_dec


def vector(*values: float) -> Tensor:
    return torch.cat([torch.tensor(values), torch.zeros(WIDTH - len(values))])


def test_active_latents_are_ranked_by_activation_ties_by_number() -> None:
    latents, values = ranked(Planted(), vector(0.5, -1.0, 2.0, 0.5, 0.0, 3.0))
    assert latents.tolist() == [5, 2, 0, 3]
    assert values.tolist() == [3.0, 2.0, 0.5, 0.5]


def test_a_sum_of_directions_weighs_all_latents_alike() -> None:
    assert torch.equal(direction(Planted(), torch.tensor([1, 4])), vector(0, 1, 0, 0, 1))


@pytest.mark.parametrize("first", [*range(1, 12), 99])
def test_the_binary_search_finds_what_trying_all_finds(first: int) -> None:
    asked = []

    def succeeds(k: int) -> float:
        asked.append(k)
        return float(k >= first)

    found = smallest(succeeds, 11, 0.5)
    assert found.k == next((k for k in range(1, 12) if k >= first), None)
    assert len(asked) <= 5
    assert found.tried == {k: float(k >= first) for k in asked}


def test_where_success_is_not_monotone_k_brings_it_and_one_less_does_not() -> None:
    success_at = dict(enumerate([0.0, 0.9, 0.1, 0.8, 0.2, 0.7, 0.1, 0.9]))
    found = smallest(success_at.__getitem__, 7, 0.6)
    assert found.k is not None
    assert success_at[found.k] >= 0.6 > success_at[found.k - 1]


def scorer_of(token: int) -> Callable[[Tensor], Tensor]:
    return lambda texts: (texts == token).double().mean(1) - 0.5


def test_success_counts_what_is_above_0() -> None:
    assert success(torch.tensor([-1.0, 0.0, 0.1, 2.0], dtype=torch.float64)) == 0.5


@torch.no_grad()
def test_each_depth_is_tried_with_the_activation_of_the_traits_prompt() -> None:
    gpt2 = interp.load(fresh("gpt2"))
    sites = [resid(depth) for depth in range(3)]
    prompt, tokens = some_tokens(1, 4, seed=8)[0], some_tokens(5, 3)
    activations = last_activations(gpt2, prompt, sites)
    states = gpt2.hf(prompt[None], output_hidden_states=True).hidden_states
    assert torch.allclose(activations[resid(1)], states[1][0, -1])
    writer = Writer(gpt2, Prompts.of(tokens), 3, temperature=0.0)
    common = int(generate(gpt2, prompt[None], 1, torch.Generator(), 0.0)[0, 0])
    found = by_site(writer, scorer_of(common), activations)
    for one in sites:
        expected = scorer_of(common)(writer(one, activations[one]))
        assert found[one] == float((expected > 0).double().mean())


def test_as_many_latents_are_taken_as_bring_the_trait_and_one_less_does_not(gpt2: Model) -> None:
    writer, order = Writer(gpt2, Prompts.of(some_tokens(4, 3)), 2, temperature=0.0), torch.tensor([5, 2, 3, 0])
    wanted = writer(resid(1), 50 * direction(Planted(), order))

    def scorer(texts: Tensor) -> Tensor:
        return (texts == wanted).all(1).double() - 0.5

    found = first_latents(writer, scorer, resid(1), Planted(), order, 50.0, 1.0)
    each = [success(scorer(writer(resid(1), 50 * direction(Planted(), order[:k])))) for k in range(1, 5)]
    assert found.k is not None
    assert each[found.k - 1] == 1.0
    assert found.k == 1 or each[found.k - 2] < 1.0
    assert all(found.tried[k] == each[k - 1] for k in found.tried)
    assert first_latents(writer, scorer, resid(1), Planted(), order, 0.0, 1.1).k is None


def test_random_latents_fire_about_as_often_and_are_never_the_latent_or_a_dead_one() -> None:
    densities = torch.arange(200).double().flip(0)
    drawn = alike(densities, 150, 8, torch.Generator().manual_seed(0), near=20)
    assert len(set(drawn.tolist())) == 8
    assert all(0 < abs(one - 150) <= 10 for one in drawn.tolist())
    for latent in (0, 198, 199):
        drawn = alike(densities, latent, 20, torch.Generator().manual_seed(0), near=20)
        assert latent not in drawn
        assert 199 not in drawn  # it never fires
        assert all(abs(one - latent) <= 21 for one in drawn.tolist())


@pytest.mark.usefixtures("unchecked")
def test_what_cannot_be_searched_is_refused() -> None:
    wrong: list[tuple[Any, str]] = [
        (lambda: ranked(Planted(), vector(-1.0)), "no latent"),
        (lambda: ranked(Planted(), torch.zeros(3)), "width"),
        (lambda: direction(Planted(), torch.tensor([6])), "latents 0 to 5"),
        (lambda: direction(Planted(), torch.tensor([], dtype=torch.int64)), "latents 0 to 5"),
        (lambda: smallest(float, 0, 0.5), "need 1 latent"),
        (lambda: alike(torch.tensor([1.0, 0.0, 2.0]), 0, 2, torch.Generator()), "too few"),
    ]
    for call, words in wrong:
        with pytest.raises(ShapeError, match=words):
            call()
    silent = Planted()
    silent.W_dec = torch.zeros(6, WIDTH)
    with pytest.raises(ShapeError, match="writes nothing"):
        direction(silent, torch.tensor([1]))
