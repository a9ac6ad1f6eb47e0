import json

import numpy as np
import pytest
import torch

from experiments.othello.probes.across import CLASSES, cosines, measure_across
from interp.errors import ShapeError


def weights(seed: int, depths: int = 3) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(5, 3, 7, generator=generator) for _ in range(depths)]


def test_cosines_are_those_of_a_slow_loop() -> None:
    left, right = weights(0), weights(1, depths=2)
    found = cosines(left, right)
    for i, one in enumerate(left):
        for j, other in enumerate(right):
            a = one.double().numpy() - one.double().numpy().mean(1, keepdims=True)
            b = other.double().numpy() - other.double().numpy().mean(1, keepdims=True)
            for place, name in enumerate((*CLASSES, "all")):
                x, y = (side.ravel() if name == "all" else side[:, place].ravel() for side in (a, b))
                assert found[name][i][j] == pytest.approx(x @ y / np.sqrt((x @ x) * (y @ y)))


def test_scale_and_gauge_change_nothing() -> None:
    left = weights(0)
    moved = [3 * weight + torch.ones(5, 1, 7) * depth for depth, weight in enumerate(left)]
    for name, matrix in cosines(left, moved).items():
        assert np.diag(np.array(matrix)) == pytest.approx(np.ones(3), abs=1e-6), name


def test_opposite_weights_have_cosine_minus_1_and_none_has_none() -> None:
    one = weights(0, depths=1)[0]
    found = cosines([one], [-one, torch.ones(5, 3, 7)])
    assert found["mine"][0][0] == pytest.approx(-1)
    assert found["all"][0][1] is None
    assert json.loads(json.dumps(found)) == found


def test_a_control_stands_beside_every_measurement() -> None:
    trained, random, halves = weights(0), weights(1), (weights(2), weights(3))
    found = measure_across(trained, random, halves)
    assert found["trained"] == cosines(trained, trained)
    assert found["halves"] == cosines(*halves)
    assert found["control"] == cosines(trained, random)
    assert found["random"] == cosines(random, random)


def test_weights_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ShapeError, match="one shape with 3 classes"):
        cosines(weights(0), [torch.ones(5, 3, 8)])
    with pytest.raises(ShapeError, match="one shape with 2 classes"):
        cosines(weights(0), weights(1), ("not", "turned"))
