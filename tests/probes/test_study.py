from importlib import import_module

import numpy as np
import pytest
import torch

import interp
from interp import Model
from interp.errors import ShapeError, UnknownNameError
from probes import ControlTask, LinearProbe, LogisticProbe, Texts, majority, shuffled_labels, study

CLASSES = ("low", "high")


def texts(model: Model, count: int, seed: int) -> Texts:
    """Random tokens; is the token just read in the upper half, and was the one before it? Some ends are cut off."""
    tokens = torch.randint(0, model.vocabulary, (count, 8), generator=torch.Generator().manual_seed(seed))
    high = (tokens >= model.vocabulary // 2).long()
    labels = torch.stack([high, high.roll(1, 1)], 2)
    labels[:, 0] = -1
    labels[::3, 6:] = -1
    return Texts(tokens, labels)


def test_every_number_is_that_of_the_slow_way(gpt2: Model) -> None:
    train, test = texts(gpt2, 60, 0), texts(gpt2, 30, 1)
    site = interp.resid(1)
    found = study(gpt2, train, test, [site], LinearProbe(1e-3), seed=4, batch=7)[site.name]

    def rows(model: Model, which: Texts) -> torch.Tensor:
        return interp.capture(model, which.tokens, site)[site][which.kept]

    def right(model: Model, taught: torch.Tensor, expected: torch.Tensor) -> float:
        probe = LinearProbe(1e-3).fit(rows(model, train), taught, classes=2)
        return float((probe.predict(rows(model, test)) == expected).float().mean())

    generator = torch.Generator().manual_seed(4)
    task = ControlTask.of(train.rows, generator)
    score, asked = found.score, test.rows
    assert score.per_label.value == pytest.approx(right(gpt2, train.rows, asked))
    assert score.shuffled.value == pytest.approx(right(gpt2, shuffled_labels(train.rows, generator), asked))
    assert score.memorised.value == pytest.approx(right(gpt2, task.labels(train.types), task.labels(test.types)))
    assert score.random.value == pytest.approx(right(interp.random_weights(gpt2, 4), train.rows, asked))
    floor = majority(train.rows, train.positions).predict(test.positions)
    assert score.majority.value == pytest.approx(float((floor == asked).float().mean()))
    assert score.selectivity.value == pytest.approx(score.per_label.value - score.memorised.value)
    assert score.calibration is None
    assert score.per_label.n == 30
    answers = found.probe.predict(rows(gpt2, test)) == asked
    assert score.per_row.value == pytest.approx(float(answers.all(1).float().mean()))
    np.testing.assert_allclose(score.per_target, answers.float().mean(0))
    assert found.right[test.kept.numpy()].tolist() == answers.tolist()
    assert not found.right[~test.kept.numpy()].any()


def test_what_was_just_read_is_read_right_and_shuffled_labels_are_not(gpt2: Model) -> None:
    train, test = texts(gpt2, 200, 0), texts(gpt2, 60, 1)
    found = study(gpt2, train, test, [interp.resid(0)], LogisticProbe(1e-3, classes=CLASSES), seed=0)
    score = found[interp.resid(0).name].score
    assert score.per_target[0] > 0.95 > 0.7 > score.per_target[1]
    assert 0.35 < score.shuffled.value < 0.65
    assert score.calibration is not None


def test_the_order_of_the_sites_is_kept_and_each_probe_says_where_it_belongs(gpt2: Model) -> None:
    sites: list[interp.Site | str] = [interp.resid(2), "blocks.0.hook_resid_mid", interp.resid(0)]
    told: list[str] = []
    found = study(gpt2, texts(gpt2, 40, 0), texts(gpt2, 9, 1), sites, LinearProbe(), seed=0, say=told.append)
    assert list(found) == [interp.resid(2).name, "blocks.0.hook_resid_mid", interp.resid(0).name]
    for site, reading in found.items():
        reading.probe.require(gpt2, site)
    assert len(told) == 4


def test_the_same_seed_gives_the_same_study_and_the_template_stays_unfitted(gpt2: Model) -> None:
    train, test, template = texts(gpt2, 40, 0), texts(gpt2, 9, 1), LinearProbe()
    one, two = (study(gpt2, train, test, [interp.resid(1)], template, seed=3) for _ in range(2))
    assert repr([r.score for r in one.values()]) == repr([r.score for r in two.values()])
    assert template._fitted is None
    assert template.origin is None


def test_sites_that_do_not_fit_into_memory_together_are_read_in_turn(
    gpt2: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    train, test, sites = texts(gpt2, 40, 0), texts(gpt2, 9, 1), [interp.resid(0), interp.resid(1)]
    whole = study(gpt2, train, test, sites, LinearProbe(), seed=3)
    monkeypatch.setattr(import_module("probes.study"), "MEMORY", 1)
    for site, reading in study(gpt2, train, test, sites, LinearProbe(), seed=3).items():
        assert reading.score.per_label == whole[site].score.per_label


def test_what_does_not_fit_together_is_refused(gpt2: Model) -> None:
    train, test = texts(gpt2, 20, 0), texts(gpt2, 5, 1)
    with pytest.raises(ShapeError, match="train has 2 targets, test has 1"):
        study(gpt2, train, Texts(test.tokens, test.labels[:, :, :1]), [interp.resid(0)], LinearProbe(), seed=0)
    with pytest.raises(UnknownNameError):
        study(gpt2, train, test, ["blocks.9.hook_resid_post"], LinearProbe(), seed=0)
