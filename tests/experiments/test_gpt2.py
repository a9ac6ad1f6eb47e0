import torch
from torch import nn

from experiments.gpt2 import adamw, gpt2


def made(seed: int) -> nn.Module:
    return gpt2(vocabulary=11, context=5, depth=1, width=8, heads=2, dropout=0.0, separator=0, seed=seed)


def test_the_seed_alone_decides_the_weights_and_leaves_the_global_one_alone() -> None:
    before = torch.random.get_rng_state()
    first, again, other = made(0), made(0), made(1)
    assert torch.equal(before, torch.random.get_rng_state())
    weights = [next(iter(model.parameters())) for model in (first, again, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_the_unembedding_is_a_matrix_of_its_own() -> None:
    model = made(0)
    assert model.lm_head.weight is not model.transformer.wte.weight  # type: ignore[union-attr]


def test_matrices_decay_and_nothing_else_does() -> None:
    model = made(0)
    matrices, others = adamw(model, 1e-3, 0.1).param_groups
    assert (matrices["weight_decay"], others["weight_decay"]) == (0.1, 0.0)
    assert all(parameter.ndim == 2 for parameter in matrices["params"])
    assert all(parameter.ndim == 1 for parameter in others["params"])
    assert len(matrices["params"]) + len(others["params"]) == len(list(model.parameters()))
