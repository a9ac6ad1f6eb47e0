from typing import Any

import torch

from experiments.othello.dictionaries.neurons.weights import input_weights
from experiments.othello.dictionaries.subjects import Subjects
from interp.models.fingerprint import fingerprint


def test_weights_as_stored_are_a_row_for_each_neuron(who: Subjects) -> None:
    block: Any = who.model.blocks[1]
    torch.testing.assert_close(
        input_weights(who.model, 1, fold=False), block.mlp.c_fc.weight.detach().T.double(), rtol=0, atol=1e-6
    )


@torch.no_grad()
def test_folded_weights_times_the_stream_are_what_neurons_get_but_for_length_and_bias(who: Subjects) -> None:
    block: Any = who.model.blocks[1]
    x = torch.randn(5, who.model.width, generator=torch.Generator().manual_seed(0))
    spread = x.var(1, unbiased=False, keepdim=True).add(block.ln_2.eps).sqrt()
    bias = block.ln_2.bias @ block.mlp.c_fc.weight + block.mlp.c_fc.bias
    expected = block.mlp.c_fc(block.ln_2(x)) - bias
    found = (x.double() @ input_weights(who.model, 1).T) / spread
    torch.testing.assert_close(found.float(), expected, rtol=1e-4, atol=1e-5)


def test_the_model_stays_as_it_was(who: Subjects) -> None:
    before = fingerprint(who.model)
    input_weights(who.model, 0).mul_(0)
    assert fingerprint(who.model) == before
