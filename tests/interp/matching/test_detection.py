import numpy as np
import torch

from interp.matching import SHARES, coverage, detectors
from tests.interp.matching.made import labels, latents


def test_shares_run_from_0_to_nine_tenths() -> None:
    assert SHARES == (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def test_coverage_agrees_with_loops_over_shares_labels_and_latents() -> None:
    from sklearn.metrics import f1_score

    x, y = latents(100, 4, "sparse"), labels(100, 3)
    slow = [
        np.mean([
            max(f1_score(y[:, j].numpy(), (x[:, i] > share * x[:, i].max()).numpy()) for i in range(4))
            for j in range(3)
        ])
        for share in SHARES
    ]  # fmt: skip
    assert np.allclose(coverage(x, y).numpy(), slow)
    assert torch.equal(coverage(x.to_sparse_coo(), y), coverage(x, y))


def test_a_label_that_no_row_has_is_left_out_of_the_mean() -> None:
    x, y = latents(100, 4, "sparse"), labels(100, 3)
    none = torch.zeros(100, 1, dtype=torch.bool)
    assert torch.allclose(coverage(x, torch.cat([y, none], 1)), coverage(x, y))


def test_a_detector_needs_both_precision_and_hits() -> None:
    label = torch.arange(40)[:, None] < 20
    always_right = torch.zeros(40)
    always_right[:10] = 1.0
    too_rare = torch.zeros(40)
    too_rare[:9] = 1.0
    half_wrong = torch.zeros(40)
    half_wrong[10:30] = 1.0
    right_when_strong = half_wrong.clone()
    right_when_strong[:10], right_when_strong[10:30] = 10.0, 5.0
    found = detectors(torch.stack([always_right, too_rare, half_wrong, right_when_strong], 1), label, (0.0, 0.5))
    assert found[..., 0].tolist() == [[True, False, False, False], [True, False, False, True]]


def test_a_silent_latent_detects_nothing() -> None:
    assert not detectors(torch.zeros(40, 1), torch.ones(40, 1, dtype=torch.bool), hits=0).any()
