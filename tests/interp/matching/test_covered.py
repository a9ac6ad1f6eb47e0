from math import isnan

import numpy as np
import pytest
import torch

from interp.matching import counts_above, cover, coverage, covered, limits
from tests.interp.matching.made import KINDS, labels, latents


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("kind", KINDS)
def test_on_the_rows_of_the_choice_it_is_the_published_coverage(kind: str) -> None:
    x, y = latents(100, 6, kind), labels(100, 4)
    chosen = cover(counts_above(x, y, limits(x)), limits(x))
    by_share = coverage(x, y)
    assert chosen.coverage == pytest.approx(float(by_share.max()))
    assert chosen.share == int(by_share.argmax())


def test_latent_and_share_agree_with_loops_and_are_used_on_other_rows() -> None:
    from sklearn.metrics import f1_score

    x, y = latents(150, 6, "sparse"), labels(150, 4)
    other, wanted = latents(130, 6, "sparse", seed=5) * 3, labels(130, 4, seed=6)
    highest, best = x.amax(0), (-1.0, 0, [0])
    for share in range(10):
        f1 = [
            [f1_score(y[:, j].numpy(), (x[:, i] > share / 10 * highest[i]).numpy()) for i in range(6)]
            for j in range(4)
        ]  # fmt: skip
        if np.mean(np.max(f1, 1)) > best[0]:
            best = (float(np.mean(np.max(f1, 1))), share, np.argmax(f1, 1).tolist())
    chosen = cover(counts_above(x, y, limits(x)), limits(x))
    assert (chosen.share, chosen.latent.tolist()) == best[1:]
    slow = np.mean([
        f1_score(wanted[:, j].numpy(), (other[:, i] > best[1] / 10 * highest[i]).numpy())
        for j, i in enumerate(best[2])
    ])  # fmt: skip
    found = covered(chosen.fires(other), wanted, torch.arange(130) // 10, rng())
    assert found.value == pytest.approx(slow)
    assert found.low < found.value < found.high
    assert found.n == 13


def test_the_interval_agrees_with_a_slow_bootstrap_of_groups() -> None:
    y = labels(400, 3)
    fires = y ^ (torch.rand(400, 3, generator=torch.Generator().manual_seed(0)) < 0.2)
    groups, draw, slow = torch.arange(400) // 10, np.random.default_rng(1), []
    for _ in range(150):
        rows = np.concatenate([np.arange(10 * g, 10 * g + 10) for g in draw.integers(40, size=40)])
        hits, both = (fires & y)[rows].sum(0), fires[rows].sum(0) + y[rows].sum(0)
        slow.append(float((2 * hits / both).mean()))
    found = covered(fires, y, groups, rng())
    assert found.low == pytest.approx(np.quantile(slow, 0.025), abs=0.01)
    assert found.high == pytest.approx(np.quantile(slow, 0.975), abs=0.01)


def test_by_hand_and_without_the_label_that_no_row_has() -> None:
    """First label: one hit of two calls, and one label missed: 2 / (2 + 2). Second: right both times."""
    y = torch.tensor([[True, True, False], [True, True, False], [False, False, False]])
    fires = torch.tensor([[True, True, True], [False, True, False], [True, False, False]])
    assert covered(fires, y, torch.zeros(3, dtype=torch.int64), rng()) == (0.75, 0.75, 0.75, 1)


def test_dead_latents_cover_nothing() -> None:
    x, y = torch.zeros(40, 3), labels(40, 2)
    chosen = cover(counts_above(x, y, limits(x)), limits(x))
    assert chosen.coverage == 0.0
    assert not chosen.fires(x).any()
    assert covered(chosen.fires(x), y, torch.arange(40) // 4, rng()) == (0.0, 0.0, 0.0, 10)


def test_without_any_true_label_there_is_no_coverage() -> None:
    none = torch.zeros(6, 2, dtype=torch.bool)
    assert isnan(covered(none, none, torch.arange(6), rng()).value)
    x = latents(6, 2, "sparse")
    assert isnan(cover(counts_above(x, none, limits(x)), limits(x)).coverage)
