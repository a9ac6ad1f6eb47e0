import numpy as np
import pytest
import torch

from experiments.function_tokens.steering.trying import Tally


def test_a_tally_pools_by_document() -> None:
    tally = Tally()
    tally.add(torch.tensor([True, False, True]), torch.tensor([4, 4, 9]), 0.5)
    tally.add(torch.tensor([True, False, False]), torch.tensor([4, 4, 9]), 0.1)
    found = tally.rate(np.random.default_rng(0))
    assert found.value == pytest.approx(3 / 6)
    assert found.n == 2
    assert tally.repeated == pytest.approx(0.3)
