"""New life for dead latents."""

import pytest
import torch
from torch import Tensor

from interp.dictionaries.loss import loss
from interp.dictionaries.resample import LENGTH, resample
from interp.dictionaries.weights import Weights
from tests.interp.dictionaries.oracle import CASES, LATENTS, some_rows, some_weights

KINDS = ["topk", "l1 tied", "l1 tied of the length, free, without a bias", "jumprelu"]


def stepped(kind: str, dead: int) -> tuple[Weights, torch.optim.Optimizer, Tensor]:
    """Weights after one step, so that the optimiser knows something of every latent."""
    weights = some_weights(CASES[kind], dead)
    which = weights.since_fired > 0
    optimizer = torch.optim.Adam(weights.parameters(), lr=1e-3)
    loss(weights, CASES[kind], some_rows(rows=200), dead_after=500)["loss"].backward()
    optimizer.step()
    for values in optimizer.state.values():
        values["exp_avg"] += 1.0
        values["exp_avg_sq"] += 1.0
    weights.since_fired.fill_(3)
    weights.since_fired[which] = 1000
    return weights, optimizer, which


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("kind", KINDS)
def test_dead_latents_get_directions_of_rows_and_the_others_stay(kind: str) -> None:
    weights, optimizer, dead = stepped(kind, 10)
    before = {name: value.clone() for name, value in weights.state_dict().items()}
    x, error = some_rows(), some_rows().roll(1, 0)
    length = before["encoder"][~dead].norm(dim=1).mean()
    assert resample(weights, optimizer, x, error, dead, generator()) == 10
    directions = x / x.norm(dim=1, keepdim=True)
    for latent in dead.nonzero()[:, 0].tolist():
        like = directions @ weights.encoder[latent].detach() / weights.encoder[latent].detach().norm()
        assert like.max().item() == pytest.approx(1.0)
        torch.testing.assert_close(weights.encoder[latent].detach(), LENGTH * length * directions[like.argmax()])
        if not weights.tied:
            torch.testing.assert_close(weights.decoder[latent].detach(), directions[like.argmax()])
    assert weights.encoder_bias[dead].eq(0).all()
    assert weights.since_fired[dead].eq(0).all()
    for name, value in weights.state_dict().items():
        if value.shape[:1] == (LATENTS,):
            assert torch.equal(value[~dead], before[name][~dead]), name
        else:
            assert torch.equal(value, before[name]), name


@pytest.mark.parametrize("kind", KINDS)
def test_the_optimiser_forgets_the_dead_and_them_alone(kind: str) -> None:
    weights, optimizer, dead = stepped(kind, 10)
    before = {
        name: optimizer.state[one]["exp_avg"].clone()
        for name, one in weights.named_parameters()
        if one.grad is not None
    }
    steps = {
        name: optimizer.state[one]["step"].clone() for name, one in weights.named_parameters() if one.grad is not None
    }
    resample(weights, optimizer, some_rows(), some_rows(), dead, generator())
    for name, parameter in weights.named_parameters():
        if name not in before:
            continue
        for key in ("exp_avg", "exp_avg_sq"):
            moments = optimizer.state[parameter][key]
            if name in ("encoder", "decoder", "encoder_bias"):
                assert moments[dead].eq(0).all(), (name, key)
                assert moments[~dead].ne(0).all(), (name, key)
        if name == "decoder_bias":
            assert torch.equal(optimizer.state[parameter]["exp_avg"], before[name])
        assert torch.equal(optimizer.state[parameter]["step"], steps[name])


def test_a_tied_latent_is_one_that_the_decoder_speaks_in_too() -> None:
    weights, optimizer, dead = stepped("l1 tied", 10)
    resample(weights, optimizer, some_rows(), some_rows(), dead, generator())
    assert weights.tied
    assert torch.equal(weights.encoder, weights.decoder)


def test_rows_are_drawn_by_the_square_of_their_squared_error() -> None:
    x = torch.eye(3, 6, dtype=torch.float64)
    error = x * torch.tensor([1.0, 2**0.5, 0.0])[:, None]  # squares of squares: 1, 4 and 0
    weights, optimizer, dead = stepped("topk", 63)
    drawn = torch.zeros(3)
    for seed in range(20):
        resample(weights, optimizer, x, error, dead, generator(seed))
        drawn += weights.decoder[dead].detach().float().argmax(1).bincount(minlength=3)
    shares = drawn / drawn.sum()
    assert shares[2] == 0
    assert shares[1].item() == pytest.approx(0.8, abs=0.04)


def test_while_there_are_enough_rows_no_two_latents_get_the_same() -> None:
    weights, optimizer, dead = stepped("topk", 15)
    resample(weights, optimizer, some_rows(), some_rows(), dead, generator())
    likeness = weights.decoder[dead].detach() @ weights.decoder[dead].detach().T
    assert likeness.fill_diagonal_(0).max() < 1 - 1e-6


def test_rows_that_are_rebuilt_well_are_left_out_even_when_few_others_are_left() -> None:
    weights, optimizer, dead = stepped("topk", 15)
    error = torch.zeros(20, 6, dtype=torch.float64)
    error[4] = 1.0
    resample(weights, optimizer, some_rows(), error, dead, generator())
    row = some_rows()[4] / some_rows()[4].norm()
    torch.testing.assert_close(weights.decoder[dead].detach(), row.expand(15, 6))


@pytest.mark.parametrize(("dead", "wrong"), [(0, 1.0), (LATENTS, 1.0), (10, 0.0), (10, torch.nan)])
def test_with_none_dead_none_living_no_error_or_no_number_nothing_is_done(dead: int, wrong: float) -> None:
    weights, optimizer, which = stepped("topk", dead)
    before = {name: value.clone() for name, value in weights.state_dict().items()}
    error = torch.full((20, 6), wrong, dtype=torch.float64)
    assert resample(weights, optimizer, some_rows(), error, which, generator()) == 0
    assert all(torch.equal(value, before[name]) for name, value in weights.state_dict().items())


def test_the_generator_decides() -> None:
    found = []
    for seed in (1, 1, 2):
        weights, optimizer, dead = stepped("topk", 10)
        resample(weights, optimizer, some_rows(), some_rows(), dead, generator(seed))
        found.append(weights.decoder.detach().clone())
    assert torch.equal(found[0], found[1])
    assert not torch.equal(found[0], found[2])
