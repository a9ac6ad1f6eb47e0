import numpy as np
import pytest
import torch
from torch import Tensor

from probes import Gram
from probes.discriminant import discriminant
from tests.probes.made import rows


def ours(x: Tensor, y: Tensor, classes: int) -> tuple[Tensor, Tensor]:
    """Logits of all rows from the Gram matrix, and the counts of classes."""
    gram = Gram.of(x.double(), y, classes)
    means = gram.cross / gram.counts.clamp(min=1)
    weight, bias = discriminant(means, gram.counts, gram.scatter / gram.rows)
    return torch.einsum("rw,tkw->rtk", x.double() - gram.mean, weight) + bias, gram.counts


@pytest.mark.parametrize("solver", ["lsqr", "eigen"])
@pytest.mark.parametrize("classes", [2, 3, 5])
def test_logit_differences_are_those_of_scikit_learn(solver: str, classes: int) -> None:
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    x, y = rows(200, classes=classes)
    logits, counts = ours(x, y, classes)
    assert (counts > 0).all()
    for target in range(3):
        peer = LinearDiscriminantAnalysis(solver=solver).fit(x.double().numpy(), y[:, target].numpy())
        theirs = peer.decision_function(x.double().numpy())
        found = (logits[:, target] - logits[:, target, :1]).numpy()
        if classes == 2:
            np.testing.assert_allclose(found[:, 1], theirs, atol=1e-6)
        else:
            np.testing.assert_allclose(found, theirs - theirs[:, :1], atol=1e-6)


def test_a_class_that_no_row_has_changes_nothing() -> None:
    x, y = rows(200)
    (logits, _), (padded, _) = ours(x, y, 3), ours(x, y, 4)
    torch.testing.assert_close(padded[..., :3], logits)
    assert not padded[..., 3].any()


def test_a_hand_computed_case() -> None:
    # Class means -1 and 1, variance 1 within each, equally frequent: the log odds are 2 x.
    x = torch.tensor([[-2.0], [0.0], [0.0], [2.0]])
    logits, _ = ours(x, torch.tensor([[0], [0], [1], [1]]), 2)
    torch.testing.assert_close(logits[:, 0, 1] - logits[:, 0, 0], 2 * x[:, 0].double())
