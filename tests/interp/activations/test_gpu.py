import pytest
import torch

import interp
from tests.architectures import fresh, made, some_tokens

TOKENS = some_tokens()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@torch.no_grad()
def test_on_a_gpu_everything_is_as_on_the_cpu(name: str) -> None:
    """Tokens, values, masks and indices may lie on the CPU; captures stay on the GPU unless asked elsewhere."""
    cpu, gpu = made(name), interp.load(fresh(name).cuda())
    state = torch.cuda.get_rng_state()
    interp.random_weights(gpu, 0)
    assert torch.equal(torch.cuda.get_rng_state(), state)
    captured = interp.capture(cpu, TOKENS, cpu.sites)
    for site, tensor in interp.capture(gpu, TOKENS, gpu.sites).items():
        assert tensor.is_cuda
        torch.testing.assert_close(tensor.cpu(), captured[site], rtol=1e-3, atol=1e-3)
    site, others = interp.resid(1), captured[interp.resid(1)][:, 3]
    edits = [
        interp.knockout(0, queries=[4, 5], keys=torch.tensor([1]), heads=[0]),
        interp.knockout(1, edges=torch.eye(7, dtype=torch.bool)),
        interp.replace(site, others[:1], at=torch.tensor([2])),
        interp.mean_ablate(site, others, at=-1),
        interp.resample_ablate(site, others[:1], torch.Generator(), at=5),
    ]
    with interp.edited(cpu, *edits), interp.edited(gpu, *edits):
        torch.testing.assert_close(gpu(TOKENS).cpu(), cpu(TOKENS), rtol=1e-3, atol=1e-3)
        lens = interp.logit_lens(gpu, TOKENS.cuda(), at=torch.tensor([0, -1]).cuda())
        torch.testing.assert_close(lens.cpu(), interp.logit_lens(cpu, TOKENS, at=[0, -1]), rtol=1e-3, atol=1e-3)
    assert interp.capture(gpu, TOKENS, site, device="cpu")[site].device.type == "cpu"
