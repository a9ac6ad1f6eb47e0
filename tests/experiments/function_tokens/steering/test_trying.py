import torch

from experiments.function_tokens.steering.searching import Depth, Found, Instrument
from experiments.function_tokens.steering.trying import FOUND, NOT_FOUND, sets
from interp.models.sites import resid
from interp.retrieval.trait import Smallest


def searched(k: int | None) -> Found:
    """Latents 7, 5 and 2 are active; the first k bring the topic."""
    depth = Depth(0.0, {resid(1): 0.5}, resid(1), torch.zeros(4))
    instrument = Instrument(resid(1), None, 1.0, torch.zeros(9).double())
    return Found(depth, instrument, torch.tensor([7, 5, 2]), 0.5, Smallest(k, {}), torch.tensor([1]))


def test_topics_without_a_latent_stand_apart() -> None:
    found = {"a": searched(2), "b": searched(None), "c": searched(1)}
    assert sets(found) == {FOUND: ["a", "c"], NOT_FOUND: ["b"]}
    assert [one.latent for one in found.values()] == [5, 7, 7]
