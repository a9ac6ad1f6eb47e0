from pathlib import Path

import pytest
import torch

import interp
from interp import Model
from interp.errors import UnknownNameError
from probes import LinearProbe, Origin, ProbeError
from tests.architectures import fresh, some_tokens

TOKENS = some_tokens()


def fitted(model: Model) -> LinearProbe:
    site = interp.resid(1)
    x = interp.capture(model, TOKENS, site)[site].flatten(0, 1)
    y = torch.stack([torch.arange(len(x)) % 2, torch.arange(len(x)) // 3 % 2], 1)
    return LinearProbe(0.1, origin=Origin.of(model, site)).fit(x, y)


@pytest.mark.filterwarnings("ignore::probes.ProbeWarning")
def test_a_probe_reads_at_its_own_site_what_it_predicts_there(gpt2: Model, tmp_path: Path) -> None:
    probe, site = fitted(gpt2), interp.resid(1)
    expected = probe.predict(interp.capture(gpt2, TOKENS, site)[site].flatten(0, 1)).view(*TOKENS.shape, 2)
    assert torch.equal(probe.read(gpt2, TOKENS), expected)
    assert torch.equal(probe.read(gpt2, TOKENS, batch=1), expected)
    probe.save(tmp_path / "p.safetensors")
    again = LinearProbe.load(tmp_path / "p.safetensors")
    assert again.origin == probe.origin
    assert torch.equal(again.read(gpt2, TOKENS), expected)


@pytest.mark.filterwarnings("ignore::probes.ProbeWarning")
def test_another_depth_and_other_weights_are_refused(gpt2: Model) -> None:
    probe = fitted(gpt2)
    probe.require(gpt2, interp.resid(1))
    with pytest.raises(ProbeError, match=r"this probe belongs to .*, not to"):
        probe.require(gpt2, interp.resid(2))
    hf = fresh("gpt2")
    with torch.no_grad():
        next(iter(hf.parameters())).mul_(1.01)
    with pytest.raises(ProbeError, match="other weights"):
        probe.read(interp.load(hf), TOKENS)


def test_the_same_weights_elsewhere_are_the_same_model(gpt2: Model) -> None:
    assert Origin.of(interp.load(fresh("gpt2")), interp.resid(1)) == Origin.of(gpt2, interp.resid(1))


def test_a_site_that_the_model_does_not_have_is_refused(gpt2: Model) -> None:
    with pytest.raises(UnknownNameError):
        Origin.of(gpt2, interp.resid(9))


def test_a_probe_without_an_origin_says_how_to_set_it(gpt2: Model) -> None:
    with pytest.raises(ProbeError, match="does not say where it belongs"):
        LinearProbe().read(gpt2, TOKENS)
    with pytest.raises(ProbeError, match="does not say where it belongs"):
        LinearProbe().require(gpt2, interp.resid(1))
