import numpy as np
import pytest
import torch

from experiments.othello.dictionaries.board_game.labels import BOARD, LEGAL
from experiments.othello.dictionaries.board_game.scores import Halves, score
from interp.matching import SHARES, coverage, detectors
from tests.interp.matching.made import labels, latents


@pytest.fixture
def halves() -> Halves:
    select, report = ({BOARD: labels(n, 4, n), LEGAL: labels(n, 3, n + 1)} for n in (300, 250))
    return Halves(select, report, torch.arange(250) // 10)


def test_each_question_is_scored_as_if_it_were_asked_alone(halves: Halves) -> None:
    select, report = latents(300, 6, "sparse"), latents(250, 6, "sparse", 3)
    select[:, 0], report[:, 0] = halves.select[BOARD][:, 1], halves.report[BOARD][:, 1]
    both = score(select, report, halves, np.random.default_rng(0))
    for name in (BOARD, LEGAL):
        alone = Halves({name: halves.select[name]}, {name: halves.report[name]}, halves.game)
        found = score(select, report, alone, np.random.default_rng(0))[name]
        for key, value in found.items():
            assert both[name][key] == value or both[name][key].value == value.value
    assert both[BOARD]["detectors"] >= 1
    assert both[BOARD]["found"] == 1


def test_it_agrees_with_detectors_and_loops_over_shares(halves: Halves) -> None:
    select, report = latents(300, 6, "sparse"), latents(250, 6, "sparse", 3)
    for label in range(4):
        select[:, label] += 2 * halves.select[BOARD][:, label] * (select[:, 5] > 0)
        report[:, label] += 2 * halves.report[BOARD][:, label] * (report[:, 5] > 0)
    found = score(select, report, halves, np.random.default_rng(0))[BOARD]
    assert found["coverage_published"] == pytest.approx(float(coverage(select, halves.select[BOARD]).max()))
    chosen, highest, f1 = detectors(select, halves.select[BOARD]), select.amax(0), []
    for rows, wanted in ((select, halves.select[BOARD]), (report, halves.report[BOARD])):
        for share in range(len(SHARES)):
            fires = rows > SHARES[share] * highest
            called = (fires[:, :, None] & chosen[share]).any(1)
            f1.append(float(2 * (called & wanted).sum() / (called.sum() + wanted.sum())))
    best = int(np.argmax(f1[:10]))
    assert found["reconstruction_select"] == pytest.approx(f1[best])
    assert found["reconstruction_share"] == SHARES[best]
    assert found["reconstruction"].value == pytest.approx(f1[10 + best])
    assert found["reconstruction_published"] == pytest.approx(max(f1[10:]))
    assert found["reconstruction"].n == 25


def test_dead_latents_say_nothing(halves: Halves) -> None:
    found = score(torch.zeros(300, 2), torch.zeros(250, 2), halves, np.random.default_rng(0))
    for one in found.values():
        assert one["coverage"].value == one["reconstruction"].value == one["found"] == one["detectors"] == 0
