from math import isnan

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score

from interp.errors import ShapeError
from interp.matching import (
    SHARES,
    agreement,
    counts_above,
    detectors,
    limits,
    micro_f1,
    reconstruct,
    reliable,
    shares,
)  # fmt: skip
from tests.interp.matching.made import KINDS, labels, latents


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("kind", KINDS)
def test_reliable_ones_are_the_detectors(kind: str) -> None:
    x, y = latents(200, 5, kind), labels(200, 4)
    found = reliable(counts_above(x, y, limits(x)), precision=0.5, hits=5)
    assert torch.equal(found, detectors(x, y, precision=0.5, hits=5))


@pytest.mark.parametrize("entries", [1, 100])
@pytest.mark.parametrize("kind", KINDS)
def test_agreement_and_reconstruction_agree_with_loops(
    monkeypatch: pytest.MonkeyPatch, kind: str, entries: int
) -> None:
    """Chosen on some rows, with the maxima of those rows, and scored on others."""
    monkeypatch.setattr(shares, "_ENTRIES", entries)
    x, y, other, wanted = latents(200, 5, kind), labels(200, 4), latents(90, 5, kind, 3), labels(90, 4, 4)
    given = limits(x)
    chosen = reliable(counts_above(x, y, given), precision=0.5, hits=5)
    found = agreement(other, wanted, given, chosen)
    for share in (0, 3, 9):
        fires = (other > given[share]).tolist()
        detects = chosen[share].tolist()
        slow = torch.tensor([
            [any(fires[row][i] and detects[i][label] for i in range(5)) for label in range(4)] for row in range(90)
        ])  # fmt: skip
        assert torch.equal(reconstruct(other, given[share], chosen[share]), slow)
        assert torch.equal(reconstruct(other.to_sparse_coo(), given[share], chosen[share]), slow)
        micro = f1_score(wanted.flatten().numpy(), slow.flatten().numpy())
        assert float(found.f1[share]) == pytest.approx(micro)
        assert float(found.part(slice(1, 3)).f1[share]) == pytest.approx(
            f1_score(wanted[:, 1:3].flatten().numpy(), slow[:, 1:3].flatten().numpy())
        )


def test_by_hand() -> None:
    """The first latent calls the label in two rows, once rightly; the second in one more, rightly: 2 * 2 / (3 + 3)."""
    x = torch.tensor([[2.0, 0.0], [2.0, 0.0], [0.0, 5.0], [1.0, 1.0]])
    y = torch.tensor([[True], [False], [True], [True]])
    given, both = torch.tensor([[1.0, 1.0]]), torch.ones(1, 2, 1, dtype=torch.bool)
    assert agreement(x, y, given, both).f1.tolist() == [2 * 2 / 6]
    assert reconstruct(x, given[0], both[0])[:, 0].tolist() == [True, True, True, False]


def test_without_a_detector_nothing_is_called_and_f1_is_0() -> None:
    x, y = latents(30, 4, "sparse"), labels(30, 3)
    none = torch.zeros(len(SHARES), 4, 3, dtype=torch.bool)
    found = agreement(x, y, limits(x), none)
    assert found.f1.tolist() == [0.0] * len(SHARES)
    called = reconstruct(x, limits(x)[0], none[0])
    assert not called.any()
    assert micro_f1(called, y, torch.arange(30) // 3, rng()) == (0.0, 0.0, 0.0, 10)


def test_a_label_that_is_never_true_can_only_be_called_wrongly() -> None:
    """One label right in both rows, the other called once where it never is: 2 * 2 / (3 + 2)."""
    x = torch.tensor([[1.0, 1.0], [1.0, 0.0]])
    y = torch.tensor([[True, False], [True, False]])
    found = agreement(x, y, torch.zeros(1, 2), torch.eye(2, dtype=torch.bool)[None])
    assert found.f1.tolist() == [4 / 5]
    assert found.part(slice(1, 2)).f1.isnan().all()


def test_where_nothing_is_true_there_is_no_f1() -> None:
    none = torch.zeros(4, 2, dtype=torch.bool)
    assert isnan(micro_f1(~none, none, torch.arange(4), rng()).value)


def test_dead_latents_detect_nothing() -> None:
    x, y = torch.zeros(40, 3), torch.ones(40, 2, dtype=torch.bool)
    chosen = reliable(counts_above(x, y, limits(x)), hits=0)
    assert not chosen.any()
    assert agreement(x, y, limits(x), chosen).f1.tolist() == [0.0] * len(SHARES)


def test_the_interval_agrees_with_a_slow_bootstrap_of_groups() -> None:
    y = labels(400, 3)
    called = y ^ (torch.rand(400, 3, generator=torch.Generator().manual_seed(0)) < 0.2)
    groups, draw, slow = torch.arange(400) // 10, np.random.default_rng(1), []
    for _ in range(150):
        rows = np.concatenate([np.arange(10 * g, 10 * g + 10) for g in draw.integers(40, size=40)])
        slow.append(float(2 * (called & y)[rows].sum() / (called[rows].sum() + y[rows].sum())))
    found = micro_f1(called, y, groups, rng())
    assert found.value == pytest.approx(f1_score(y.flatten().numpy(), called.flatten().numpy()))
    assert found.low == pytest.approx(np.quantile(slow, 0.025), abs=0.01)
    assert found.high == pytest.approx(np.quantile(slow, 0.975), abs=0.01)


def test_detectors_of_other_latents_or_labels_are_refused() -> None:
    x, y = latents(20, 4, "sparse"), labels(20, 3)
    with pytest.raises(ShapeError, match="of 4 latents"):
        agreement(x, y, limits(x)[:, :3], torch.ones(10, 3, 3, dtype=torch.bool))
    with pytest.raises(ShapeError, match="3 labels"):
        agreement(x, y, limits(x), torch.ones(10, 4, 2, dtype=torch.bool))
