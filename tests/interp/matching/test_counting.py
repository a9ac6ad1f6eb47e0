import numpy as np
import pytest
import torch

from interp.errors import ShapeError
from interp.matching import counts
from tests.interp.matching.made import KINDS, labels, latents


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("above", [0.0, 0.5, -1.0])
def test_counts_agree_with_scikit_learn(kind: str, above: float) -> None:
    from sklearn.metrics import precision_recall_fscore_support

    x, y = latents(200, 3, kind), labels(200, 4)
    found = counts(x, y, above)
    for i in range(3):
        for j in range(4):
            called = (x[:, i] > above).numpy()
            theirs = precision_recall_fscore_support(y[:, j].numpy(), called, average="binary", zero_division=np.nan)
            assert found.precision[i, j].item() == pytest.approx(theirs[0], nan_ok=True)
            assert found.recall[i, j].item() == pytest.approx(theirs[1])
            assert found.f1[i, j].item() == pytest.approx(theirs[2] if called.any() else 0.0)


def test_every_latent_may_have_its_own_threshold() -> None:
    x, y = latents(50, 3, "sparse"), labels(50, 2)
    limits = torch.tensor([0.0, 0.5, 1.0])
    found = counts(x, y, limits)
    for i in range(3):
        alone = counts(x[:, [i]], y, float(limits[i]))
        assert torch.equal(found.hits[i], alone.hits[0])
        assert torch.equal(found.fired[i], alone.fired[0])


def test_a_latent_at_its_threshold_does_not_fire() -> None:
    assert counts(torch.tensor([[0.0], [1.0]]), torch.tensor([[True], [True]])).fired.tolist() == [1]


def test_nothing_to_divide_by_is_nan_and_no_hit_is_0() -> None:
    x = torch.tensor([[0.0, 1.0], [0.0, 0.0]])
    found = counts(x, torch.tensor([[False, False], [True, False]]))
    assert found.precision.isnan().tolist() == [[True, True], [False, False]]
    assert found.f1[:, 0].tolist() == [0.0, 0.0]
    assert found.f1[:, 1].isnan().all()
    assert found.recall[:, 1].isnan().all()


def test_sparse_latents_give_what_dense_ones_give() -> None:
    x, y = latents(60, 5, "sparse"), labels(60, 4)
    for one, other in zip(counts(x.to_sparse_coo(), y), counts(x, y), strict=True):
        assert torch.equal(one, other)


def test_thresholds_of_another_number_of_latents_are_refused(unchecked: None) -> None:
    with pytest.raises(ShapeError, match="one for each of 3 latents"):
        counts(latents(50, 3, "sparse"), labels(50, 2), torch.zeros(2))
