from collections import Counter

import numpy as np
import torch
from torch import Tensor

from experiments.function_tokens.consolidation.latents import OFTEN, Rows, look
from interp.token_graph.independence import expected_degrees


class Halves(torch.nn.Module):
    """Two latents a dimension, one for each sign: nothing is lost."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.W_dec = torch.cat([torch.eye(width), -torch.eye(width)])

    def encode(self, x: Tensor) -> Tensor:
        return (x @ self.W_dec.T).relu()

    def decode(self, latents: Tensor) -> Tensor:
        return latents @ self.W_dec


def rows(count: int = 60) -> Rows:
    """Rows that are mostly 0, of tokens of which the first is the most frequent."""
    rng = np.random.default_rng(0)
    states = rng.standard_normal((count, 5)) * (rng.random((count, 5)) < [0.9, 0.5, 0.2, 0.05, 0.0])
    tokens = np.minimum(rng.integers(0, 12, count), rng.integers(0, 12, count))
    return Rows(torch.from_numpy(states).float(), torch.from_numpy(tokens))


def test_latents_and_degrees_are_what_counting_by_hand_gives() -> None:
    some = rows()
    found = look(Halves(5), some, 13, {"step": 7})
    active = (Halves(5).encode(some.states) > 0).tolist()
    times = Counter(latent for row in active for latent, on in enumerate(row) if on)
    edges = {
        (int(token), latent)
        for token, row in zip(some.tokens, active, strict=True)
        for latent, on in enumerate(row)
        if on
    }
    assert found.told["step"] == 7
    assert (found.told["rows"], found.told["width"]) == (60, 10)
    assert found.told["once"] == len(times) <= 8  # the last dimension is always 0
    assert 0 < found.told["often"] == sum(number >= OFTEN for number in times.values()) < len(times)
    assert found.told["explained"] > 0.999
    assert found.real.tolist() == [sum(token == one for token, _ in edges) for one in range(13)]
    counts = np.array([times[latent] for latent in range(10)])
    assert np.allclose(found.null, expected_degrees(counts, np.bincount(some.tokens, minlength=13)))
