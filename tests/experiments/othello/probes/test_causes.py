from pathlib import Path

import numpy as np
import pytest
import torch

import interp
from experiments.othello.probes.causes import SWITCHES, causes, dropout_left_on
from experiments.othello.probes.rates import DU_PLIES, Rates
from experiments.othello.probes.screen import Screen, fit, judge
from experiments.othello.rules import Rules
from experiments.othello.sample import held_out

RULES = Rules(4)
pytestmark = pytest.mark.filterwarnings("ignore::probes.ProbeWarning")


def test_dropout_is_drawn_from_the_seed_and_everything_is_put_back(folder: Path) -> None:
    model, games = interp.load(folder, device="cpu"), held_out(RULES, 3, 0)
    state, plain = torch.random.get_rng_state(), model(games.seen)

    def noisy(seed: int) -> torch.Tensor:
        with dropout_left_on(model, 0.5, seed):
            found: torch.Tensor = model(games.seen).detach()
        return found

    assert torch.equal(noisy(0), noisy(0))
    assert not torch.equal(noisy(0), noisy(1))
    assert not torch.equal(noisy(0), plain)
    assert torch.equal(model(games.seen), plain)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert not any(module.training for module in model.hf.modules())


def test_dropout_is_put_back_after_an_error(folder: Path) -> None:
    model = interp.load(folder, device="cpu")
    with pytest.raises(KeyError), dropout_left_on(model, 0.5, 0):
        raise KeyError
    assert {m.p for m in model.hf.modules() if isinstance(m, torch.nn.Dropout)} == {0.0}


def test_no_dropout_leaves_the_model_alone(folder: Path) -> None:
    model, games = interp.load(folder, device="cpu"), held_out(RULES, 3, 0)
    plain = model(games.seen)
    with dropout_left_on(model, 0.0, 0):
        assert torch.equal(model(games.seen), plain)


def test_the_curves_are_those_of_probes_fitted_and_judged_in_the_same_mode(folder: Path) -> None:
    model, train, test = interp.load(folder, device="cpu"), held_out(RULES, 30, 0, "a"), held_out(RULES, 9, 0, "b")
    how = Screen(batch=10)
    rates = Rates(test.trace.played[:, :-1], 16, np.random.default_rng(0))
    found = causes(model, train, test, 0.3, 5, how, rates)
    assert found["curves"].keys() == SWITCHES.keys()
    right = judge(model, fit(model, train, how), test, how)
    assert found["curves"]["after the move"][1].value == rates(right[1, :, :, 0], DU_PLIES).value
    assert found["curves"]["before it"][2].value == rates(right[2, :, :, 2], DU_PLIES).value
    with dropout_left_on(model, 0.3, 5):
        noisy = judge(model, fit(model, train, how), test, how)
    assert found["curves"]["after, dropout on"][1].value == rates(noisy[1, :, :, 0], DU_PLIES).value
    label = found["curves"]["after the move"][1].value - found["curves"]["before it"][1].value
    assert found["cost of the label"].value == pytest.approx(label)
    both = found["curves"]["after the move"][1].value - found["curves"]["before, dropout on (Du et al.)"][1].value
    assert found["cost of both"].value == pytest.approx(both)
