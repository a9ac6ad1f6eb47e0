import pytest
import torch

import interp
from interp.ablation.boundaries import conditional, nothing, plain_mean, resample, same_token, zero
from tests.architectures import fresh, made
from tests.interp.ablation.made import prompts

FITTED, ASKED = prompts(60), prompts(20, seed=1)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_on_a_gpu_means_and_boundaries_are_as_on_the_cpu(name: str) -> None:
    """Tokens and generators may lie on the CPU; means and states stay with the model."""
    cpu, gpu = made(name), interp.load(fresh(name).cuda())
    found = []
    for model in (cpu, gpu):
        means = interp.conditional_means(model, FITTED, batch=16)
        boundaries = [nothing(model), conditional(means), plain_mean(means), zero(model)]
        boundaries += [make(model, FITTED, torch.Generator().manual_seed(0)) for make in (resample, same_token)]
        found.append([boundary.states(2, ASKED) for boundary in boundaries])
    for truth, states in zip(*found, strict=True):
        assert states.is_cuda
        torch.testing.assert_close(states.cpu(), truth, rtol=1e-3, atol=1e-3)
