from types import SimpleNamespace

import torch

from experiments.language.dictionaries.judging import Untrained
from interp.dictionaries.evaluation import evaluate


def test_random_directions_fire_as_often_as_asked_and_explain_less_than_the_mean_of_nothing() -> None:
    x = torch.randn(200, 8, generator=torch.Generator().manual_seed(0))
    trained = SimpleNamespace(W_dec=torch.zeros(16, 8), b_dec=x.mean(0), cfg=SimpleNamespace(k=3))
    control = Untrained(trained, 0)
    assert evaluate(control, x).l0 <= 3
    assert evaluate(control, x).explained_variance < 1
    assert torch.allclose(control.W_dec.norm(dim=1), torch.ones(16))
    assert not torch.equal(control.W_dec, Untrained(trained, 1).W_dec)
