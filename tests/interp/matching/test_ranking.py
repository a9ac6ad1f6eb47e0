import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from interp.errors import ShapeError
from interp.matching import MatchWarning, auroc
from interp.matching.latents import columns
from interp.matching.ranking import midranks
from tests.interp.matching.made import KINDS, labels, latents, slow_area


def test_by_hand() -> None:
    """Values 3, 1, 1, 0 with labels yes, yes, no, no: of four pairs three are right and one is a tie."""
    values = torch.tensor([[3.0], [1.0], [1.0], [0.0]])
    assert auroc(values, torch.tensor([[True], [True], [False], [False]])).tolist() == [[3.5 / 4]]


@pytest.mark.parametrize("kind", KINDS)
def test_every_pair_agrees_with_the_count_of_pairs_of_rows(kind: str) -> None:
    x, y = latents(80, 6, kind), labels(80, 5)
    slow = [[slow_area(x[:, i].numpy(), y[:, j].numpy()) for j in range(5)] for i in range(6)]
    assert np.allclose(auroc(x, y).numpy(), slow, rtol=0, atol=1e-15)


@pytest.mark.parametrize("kind", KINDS)
def test_every_pair_agrees_with_scikit_learn(kind: str) -> None:
    from sklearn.metrics import roc_auc_score

    x, y = latents(3000, 3, kind), labels(3000, 4)
    theirs = [[roc_auc_score(y[:, j].numpy(), x[:, i].numpy()) for j in range(4)] for i in range(3)]
    assert np.allclose(auroc(x, y).numpy(), theirs, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_ranks_are_those_of_scipy(kind: str) -> None:
    from scipy.stats import rankdata

    x = latents(200, 3, kind)
    for latent, column in enumerate(columns(x)):
        assert np.array_equal(midranks(column).numpy(), rankdata(x[:, latent].numpy()))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=2, max_size=30))
def test_any_small_case_agrees_with_the_count_of_pairs_of_rows(rows: list[tuple[int, bool]]) -> None:
    values, label = (np.array(part) for part in zip(*rows, strict=True))
    label = label.astype(bool)
    if label.all() or not label.any():
        return
    found = auroc(torch.from_numpy(values)[:, None], torch.from_numpy(label)[:, None])
    assert found.item() == pytest.approx(slow_area(values, label), abs=1e-15)


def test_sums_of_ranks_too_large_for_float32_are_exact() -> None:
    """The label sits on all odd places among 200,001 values, so that the area is a half by symmetry, to the bit."""
    rows = 200_001
    values = torch.arange(rows, dtype=torch.float64)[:, None]
    odd = (torch.arange(rows) % 2 == 1)[:, None]
    assert auroc(values, odd).item() == 0.5
    odd[1], odd[2] = False, True
    pairs = int(odd.sum()) * int((~odd).sum())
    assert auroc(values, odd).item() == (pairs / 2 + 1) / pairs


def test_sparse_latents_give_what_dense_ones_give() -> None:
    x, y = latents(60, 5, "sparse of both signs"), labels(60, 4)
    assert torch.equal(auroc(x.to_sparse_coo(), y), auroc(x, y))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64, torch.int32])
def test_any_dtype_is_ranked(dtype: torch.dtype) -> None:
    x, y = latents(60, 3, "sparse with ties"), labels(60, 2)
    assert torch.equal(auroc(x.to(dtype), y), auroc(x, y))


def test_opposite_latents_have_opposite_areas() -> None:
    x, y = latents(60, 3, "sparse"), labels(60, 2)
    assert torch.allclose(auroc(-x, y), 1 - auroc(x, y), atol=1e-15)


def test_a_label_with_one_class_is_nan_and_said_once() -> None:
    y = labels(20, 3)
    y[:, 1] = True
    with pytest.warns(MatchWarning, match="1 of 3 labels have one class only") as said:
        found = auroc(latents(20, 2, "sparse"), y)
    assert len(said) == 1
    assert found.isnan().tolist() == [[False, True, False]] * 2


def test_nothing_is_said_when_every_label_has_both_classes() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        auroc(latents(20, 2, "sparse"), labels(20, 3))


def test_the_inputs_are_left_as_they_were() -> None:
    x, y = latents(20, 2, "sparse"), labels(20, 3)
    before = x.clone(), y.clone()
    auroc(x, y)
    assert torch.equal(x, before[0])
    assert torch.equal(y, before[1])


@pytest.mark.usefixtures("unchecked")
def test_labels_that_are_no_booleans_are_refused() -> None:
    with pytest.raises(ShapeError, match="true or false"):
        auroc(latents(20, 2, "sparse"), labels(20, 3).long())
