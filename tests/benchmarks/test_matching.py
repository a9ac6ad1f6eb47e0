"""The contestants of the benchmark answer the same question."""

import pytest
import torch

from benchmarks.matching import _ours, _peer, _plain
from tests.interp.matching.made import KINDS, labels, latents


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("silent", "negative")])
def test_everybody_comes_to_the_same_numbers(kind: str) -> None:
    x, y = latents(120, 3, kind), labels(120, 4)
    found = _ours(x, y)
    for i in range(3):
        plain = _plain(x[:, i], y)
        for j in range(4):
            ours = [part[i, j].item() for part in found]
            assert ours == pytest.approx([part[j].item() for part in plain], abs=1e-12)
            assert ours == pytest.approx(_peer(x[:, i].numpy(), y[:, j].numpy()), abs=1e-12)
    assert torch.equal(_ours(x.to_sparse_coo(), y).f1, found.f1)
