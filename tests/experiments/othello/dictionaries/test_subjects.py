import pytest
import torch

from experiments.othello.dictionaries.kinds import FIRST, RANDOM, SETS
from experiments.othello.dictionaries.subjects import Subjects
from interp.activations.capture import capture
from interp.models.sites import mlp_post, resid


def test_every_set_has_a_dictionary_of_every_depth(who: Subjects) -> None:
    assert set(who.dictionaries) == set(SETS)
    assert all(len(made) == who.model.depth + 1 for made in who.dictionaries.values())
    assert len(who.probes) == who.model.depth + 1
    assert who.sweep_depth == 3
    assert who.compared


def test_activations_are_those_of_the_positions(who: Subjects) -> None:
    captured = capture(who.model, who.report.sample.seen, resid(2))[resid(2)]
    assert torch.allclose(who.activations(who.model, resid(2), who.report), who.report.rows(captured), atol=1e-5)
    neurons = who.activations(who.model, mlp_post(1), who.report)
    assert neurons.shape == (len(who.report), 4 * who.model.width)


def test_the_random_model_has_activations_of_its_own(who: Subjects) -> None:
    trained, random = (who.activations(model, resid(2), who.select) for model in (who.model, who.random))
    assert trained.shape == random.shape
    assert not torch.allclose(trained, random)
    assert who.owner(FIRST) is who.model
    assert who.owner(RANDOM) is who.random


def test_latents_are_what_the_dictionary_makes_of_them(who: Subjects) -> None:
    rows = who.activations(who.random, resid(1), who.report)
    with torch.no_grad():
        expected = who.dictionaries[RANDOM][1].encode(rows)
    assert torch.allclose(who.latents(RANDOM, 1, who.report), expected, atol=1e-5)


def test_probes_read_more_of_the_board_than_they_would_by_chance(who: Subjects) -> None:
    rows = who.activations(who.model, resid(3), who.report)
    assert who.probes[3].score(rows, who.report.owner.long()) > 0.6


def test_halves_hold_different_games(who: Subjects) -> None:
    ours, theirs = ({tuple(game) for game in half.sample.tokens.tolist()} for half in (who.select, who.report))
    assert not ours & theirs


def test_every_purpose_has_a_stream_of_its_own(who: Subjects) -> None:
    one, again, other = (who.rng(purpose).random() for purpose in ("a", "a", "b"))
    assert one == again != other


@pytest.mark.parametrize("name", SETS)
def test_silent_latents_are_zero(who: Subjects, name: str) -> None:
    found = who.latents(name, 1, who.select)
    assert (found >= 0).all()
    assert found.shape[0] == len(who.select)


def test_latents_asked_for_again_are_the_same_and_nobody_elses(who: Subjects) -> None:
    first = who.latents(FIRST, 2, who.report)
    expected = first.clone()
    first.zero_()
    assert torch.equal(who.latents(FIRST, 2, who.report), expected)
