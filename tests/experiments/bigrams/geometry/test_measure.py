import numpy as np
import torch

from experiments.bigrams.geometry.measure import shape, turn
from interp import Model
from interp.geometry.moments import Moments, moments
from interp.geometry.rotation import rotation


def test_the_turn_of_the_first_block_is_that_of_the_whole_shape(gpt2: Model) -> None:
    tokens = torch.randint(50, (12, 16), generator=torch.Generator().manual_seed(0))
    found = moments(gpt2, tokens)
    told = shape(found)
    assert np.isclose(turn(found), told["to input"][1] - told["to input"][0])
    assert told["to input"] == rotation(found).to_input.tolist()
    assert len(told["similarity"]) == gpt2.depth + 1


def test_a_block_that_turns_every_plane_turns_by_that_angle() -> None:
    generator = torch.Generator().manual_seed(0)
    embedded = torch.randn(5000, 8, generator=generator, dtype=torch.float64)
    angle = torch.tensor(np.deg2rad(50.0))
    plane = torch.stack([torch.stack([angle.cos(), -angle.sin()]), torch.stack([angle.sin(), angle.cos()])])
    turned = embedded @ torch.block_diag(*[plane] * 4)
    assert np.isclose(turn(Moments.of([embedded, turned, turned], embedded)), 50, atol=0.01)
