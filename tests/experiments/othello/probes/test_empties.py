import json

import numpy as np
import pytest
import torch

import interp
from experiments.othello.labels import relative
from experiments.othello.model import Shape, build
from experiments.othello.probes.empties import count_right, empty_labels, empty_sites, fit_empties, measure_empties
from experiments.othello.rules import Rules
from experiments.othello.sample import Sample, held_out
from interp import Model
from tests.architectures import made as architecture

RULES = Rules(4)


def made(seed: int) -> Model:
    return interp.load(build(Shape(size=4, depth=2, width=16, heads=2), seed))


def games(count: int, purpose: str) -> Sample:
    return held_out(RULES, count, 0, purpose)


def test_labels_say_which_squares_are_empty_after_the_move_just_read() -> None:
    sample = games(30, "a")
    labels, played = empty_labels(sample), sample.trace.played[:, :-1]
    assert (labels[0, 0] == 0).sum() == 16 - 5
    assert labels.shape[-1] == 12
    assert (labels[torch.from_numpy(~played)] == -1).all()
    assert ((labels.numpy() == 0) == (relative(sample.trace)[:, :-1, RULES.playable] == 0))[played].all()
    assert not played.all()


def test_sites_follow_the_stream_through_every_attention_and_mlp() -> None:
    sites = [interp.resid(0), interp.mid(0), interp.resid(1), interp.mid(1), interp.resid(2)]
    assert empty_sites(made(0)) == sites
    assert empty_sites(architecture("neox")) == [interp.resid(depth) for depth in range(3)]


def test_the_probe_of_a_site_is_plain_least_squares() -> None:
    model, train, test, site = made(0), games(60, "a"), games(20, "b"), interp.mid(0)
    probes = fit_empties(model, train, empty_sites(model), ridge=0.0, batch=7)
    right = count_right(model, probes, test, batch=7)

    def rows(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
        acts = interp.capture(model, sample.seen, site)[site].flatten(0, 1).double().numpy()
        return np.column_stack([acts, np.ones(len(acts))]), empty_labels(sample).flatten(0, 1).numpy()

    (x, y), (asked, labels) = rows(train), rows(test)
    kept = y[:, 0] >= 0
    weights = np.linalg.lstsq(x[kept], (y[kept] == 0).astype(float))[0]
    expected = np.where(asked @ weights > 0.5, 0, 1) == labels
    by_game = expected.reshape(20, -1, 12).sum(1)
    place = empty_sites(model).index(site)
    assert right.shape == (5, 20, 12)
    assert np.abs(right[place] - by_game).sum() <= 2  # ties fall either way


def test_shares_count_positions_that_were_played() -> None:
    model, train, test = made(0), games(40, "a"), games(15, "b")
    found = measure_empties(model, made(1), train, test, np.random.default_rng(0), batch=9)
    right = count_right(model, fit_empties(model, train, empty_sites(model), ridge=1e-4, batch=40), test, batch=15)
    played = test.trace.played[:, :-1].sum()
    assert found["sites"] == ["resid 0", "mid 0", "resid 1", "mid 1", "resid 2"]
    assert found["playable"]["trained"][1].value == pytest.approx(right[1].sum() / (12 * played), abs=2e-3)
    # The centre is never empty, and always right.
    missed = [(1 - found[squares]["trained"][0].value) * count for squares, count in (("board", 16), ("playable", 12))]
    assert missed[0] == pytest.approx(missed[1])
    gain = found["playable"]["trained"][1].value - found["playable"]["trained"][0].value
    assert found["playable"]["gain"]["trained"].value == pytest.approx(gain)
    json.dumps(found)


def test_the_floor_is_the_majority_of_square_and_ply() -> None:
    train, test = games(50, "a"), games(20, "b")
    found = measure_empties(made(0), made(1), train, test, np.random.default_rng(0))
    seen, asked = empty_labels(train).numpy(), empty_labels(test).numpy()
    right = 0
    for ply in range(seen.shape[1]):
        for square in range(12):
            known = seen[:, ply, square][seen[:, ply, square] >= 0]
            right += (asked[:, ply, square] == int((known == 1).sum() > (known == 0).sum())).sum()
    assert found["playable"]["floor"].value == pytest.approx(right / (12 * (asked[:, :, 0] >= 0).sum()))
