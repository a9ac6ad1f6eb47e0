"""What is saved opens in SAELens and says the same; and SAELens's own gradients are ours.

All tests that import SAELens (seconds) stand here.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from interp.dictionaries.architectures import Architecture, BatchTopK, JumpReLU, TopK
from interp.dictionaries.auxiliary import auxiliary
from interp.dictionaries.loading import saelens
from interp.dictionaries.loss import rebuild
from interp.dictionaries.save import save, unscaled
from interp.dictionaries.side_by_side import SideBySide
from interp.dictionaries.trainer import train
from interp.dictionaries.weights import Weights
from interp.errors import FileError
from tests.interp.dictionaries.made import JOBS, TINY, files, planted, stream
from tests.interp.dictionaries.oracle import CASES, DEAD, some_rows, some_weights
from tests.interp.training.faults import Faults

LONGER = replace(TINY, rows=64 * 60, log_every=10, checkpoint_every=60, resample_every=0)


@pytest.fixture(scope="module")
def lens() -> Any:
    """The `sae_lens` package."""
    return saelens()


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> SideBySide:
    """One dictionary of every kind, after some steps."""
    side = SideBySide.of(stream(training=LONGER), JOBS, LONGER, torch.device("cpu"))
    side.run(tmp_path_factory.mktemp("learned"), quiet=True)
    return side


def says(weights: Weights, architecture: Architecture, rows: Tensor) -> tuple[Tensor, Tensor]:
    """Activations and reconstruction of rows in the model's units, by the training form."""
    x = rows * weights.scale
    with torch.no_grad():
        found = rebuild(weights, architecture, x, x - weights.decoder_bias, dense=True)
    return found.active / weights.scale, found.output / weights.scale


@pytest.mark.parametrize("size", [1.0, 1000.0])
@pytest.mark.parametrize("name", [name for name in JOBS if name != "batchtopk"])
def test_a_saved_dictionary_says_in_saelens_what_it_says_here(
    lens: Any, learned: SideBySide, name: str, size: float, tmp_path: Path
) -> None:
    weights, architecture = learned.weights[name], JOBS[name].architecture
    assert abs(weights.scale.item() - 1) > 0.1
    before = weights.scale.clone()
    weights.scale.div_(size)  # the same dictionary, of a model whose activations are so many times as large
    try:
        save(weights, architecture, tmp_path)
        rows = size * planted(200, seed=3)
        active, output = says(weights, architecture, rows)
    finally:
        weights.scale.copy_(before)
    loaded = lens.SAE.load_from_disk(tmp_path)
    with torch.no_grad():
        found = loaded.encode(rows)
        torch.testing.assert_close(loaded(rows), output, rtol=1e-4, atol=1e-5 * size)
    torch.testing.assert_close(found, active, rtol=1e-4, atol=1e-5 * size)
    assert (found > 0).sum() == (active > 0).sum()
    assert (found > 0).any()
    if isinstance(architecture, TopK):
        assert (found > 0).sum(1).max() <= architecture.k
    if name != "tied":
        torch.testing.assert_close(loaded.W_dec.detach().norm(dim=1), torch.ones(architecture.width))


def test_batchtopk_is_saved_with_the_threshold_that_it_ended_with(
    lens: Any, learned: SideBySide, tmp_path: Path
) -> None:
    weights, architecture = learned.weights["batchtopk"], JOBS["batchtopk"].architecture
    save(weights, architecture, tmp_path)
    rows = planted(2000, seed=3)
    scaled = rows * weights.scale
    with torch.no_grad():
        pre = (scaled - weights.decoder_bias) @ weights.encoder.T + weights.encoder_bias
        by_hand = pre * (pre > weights.batch_threshold)
        wanted = (by_hand @ weights.decoder + weights.decoder_bias) / weights.scale
        loaded = lens.SAE.load_from_disk(tmp_path)
        found = loaded.encode(rows)
        torch.testing.assert_close(found, by_hand / weights.scale, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(loaded(rows), wanted, rtol=1e-4, atol=1e-5)
    assert loaded.cfg.architecture() == "jumprelu"
    assert isinstance(architecture, BatchTopK)
    # The mean of minima lies where k latents of a row are above it, up to what still changes between batches.
    assert (found > 0).sum(1).float().mean().item() == pytest.approx(architecture.k, rel=0.15)


@pytest.mark.parametrize("name", JOBS)
def test_the_config_says_all_that_saelens_asks_for(lens: Any, learned: SideBySide, name: str, tmp_path: Path) -> None:
    save(learned.weights[name], JOBS[name].architecture, tmp_path, {"hook_name": "there", "training": {"seed": 3}})
    config = json.loads((tmp_path / "cfg.json").read_text())
    assert config["normalize_activations"] == "none"
    assert config["apply_b_dec_to_input"] is True
    assert config["d_sae"] == JOBS[name].architecture.width
    loaded = lens.SAE.load_from_disk(tmp_path)
    assert loaded.cfg.metadata.hook_name == "there"
    assert loaded.cfg.metadata.training == {"seed": 3}
    if isinstance(JOBS[name].architecture, TopK):
        assert loaded.cfg.rescale_acts_by_decoder_norm is False
        assert loaded.cfg.k == 3


def test_one_call_trains_saves_and_loads(lens: Any, tmp_path: Path) -> None:
    rows = planted(300, size=50.0)
    found = train(rows, TopK(24, k=3), training=TINY, out=tmp_path, metadata={"model_name": "planted"}, quiet=True)
    assert found.cfg.metadata.model_name == "planted"
    assert found.cfg.metadata.training["kind"] == "topk"
    with torch.no_grad():
        assert torch.equal(found(rows), lens.SAE.load_from_disk(tmp_path)(rows))
        error, spread = (found(rows) - rows).square().sum(), (rows - rows.mean(0)).square().sum()
    assert error < spread
    aside = train(rows, TopK(24, k=3), training=TINY, quiet=True)
    assert torch.equal(aside.W_enc, found.W_enc)


def test_dividing_by_the_scale_leaves_both_matrices() -> None:
    weights = some_weights(CASES["jumprelu"])
    found = unscaled(weights, {"threshold": weights.thresholds.detach()})
    assert torch.equal(found["W_enc"].T, weights.encoder)
    assert torch.equal(found["W_dec"], weights.decoder)
    for name, part in (
        ("b_enc", weights.encoder_bias),
        ("b_dec", weights.decoder_bias),
        ("threshold", weights.thresholds),
    ):
        torch.testing.assert_close(found[name], part.detach() / 0.7)


def test_what_is_saved_shares_no_memory_with_what_is_trained() -> None:
    weights = some_weights(CASES["topk"])
    for tensor in unscaled(weights, {}).values():
        tensor.zero_()
    assert all(parameter.ne(0).any() for parameter in weights.parameters())


def test_a_full_disk_leaves_the_dictionary_that_was_there(tmp_path: Path) -> None:
    first, second = some_weights(CASES["topk"]), some_weights(CASES["topk"])
    with torch.no_grad():
        second.encoder.mul_(2)
    save(first, CASES["topk"], tmp_path)
    before = files(tmp_path)
    for at in range(8):  # the weights, which come first
        with pytest.MonkeyPatch.context() as patch:
            Faults(at, lambda: OSError(28, "No space left on device"), torn=True).install(patch)
            with pytest.raises(FileError, match="No space left on device"):
                save(second, CASES["topk"], tmp_path)
        assert files(tmp_path).keys() == {path.name for path in tmp_path.iterdir()}
        if at < 6:  # up to the rename
            assert files(tmp_path) == before


@pytest.mark.parametrize("threshold", ["inside the window", "outside"])
def test_jumps_and_counts_have_the_gradients_of_saelens(lens: Any, threshold: str) -> None:
    from sae_lens.saes.jumprelu_sae import JumpReLU as TheirJump
    from sae_lens.saes.jumprelu_sae import Step as TheirStep

    bandwidth = 0.5 if threshold == "inside the window" else 1e-4
    ours = JumpReLU(64, bandwidth=bandwidth)
    draw = torch.Generator().manual_seed(0)
    values = torch.randn(50, 64, generator=draw, dtype=torch.float64)
    upstream = torch.randn(50, 64, generator=draw, dtype=torch.float64)
    limits = torch.rand(64, generator=draw, dtype=torch.float64) + 0.05
    pre, thresholds = values.requires_grad_(), limits.requires_grad_()
    pairs = [
        (ours.activate(pre, thresholds.expand_as(pre)), TheirJump.apply(pre, thresholds, bandwidth, False), upstream),
        (
            ours.penalty(pre, pre, thresholds.expand_as(pre)),
            TheirStep.apply(pre, thresholds, bandwidth, False).sum(),
            None,
        ),
    ]
    for found, wanted, weighting in pairs:
        assert torch.equal(found, wanted)
        got = torch.autograd.grad(found, [pre, thresholds], weighting, allow_unused=True, materialize_grads=True)
        truth = torch.autograd.grad(wanted, [pre, thresholds], weighting, allow_unused=True, materialize_grads=True)
        for one, other in zip(got, truth, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dead", DEAD)
def test_the_auxiliary_loss_is_that_of_saelens(lens: Any, dead: str) -> None:
    weights, x = some_weights(CASES["topk"], DEAD[dead]), 0.7 * some_rows()
    which = weights.since_fired >= 500
    theirs = lens.TopKTrainingSAE(
        lens.TopKTrainingSAEConfig(
            d_in=6, d_sae=64, k=2, dtype="float64", rescale_acts_by_decoder_norm=False, aux_loss_coefficient=1.0
        )
    )
    output = torch.randn(x.shape, generator=torch.Generator().manual_seed(4), dtype=x.dtype)
    with torch.no_grad():
        for name, part in (("W_enc", weights.encoder.T), ("W_dec", weights.decoder), ("b_enc", weights.encoder_bias)):
            getattr(theirs, name).copy_(part)
        theirs.b_dec.copy_(weights.decoder_bias)
    pre = F.linear(x - theirs.b_dec, theirs.W_enc.T, theirs.b_enc)
    wanted = theirs.calculate_topk_aux_loss(x, output, pre, which)
    found = auxiliary(weights, (x - weights.decoder_bias).detach(), x - output, which)
    torch.testing.assert_close(found, wanted)
    if not DEAD[dead]:
        return
    found.backward()
    wanted.backward()
    for ours, other in (
        (weights.encoder, theirs.W_enc.T),
        (weights.decoder, theirs.W_dec),
        (weights.encoder_bias, theirs.b_enc),
        (weights.decoder_bias, theirs.b_dec),
    ):
        truth = theirs.W_enc.grad.T if ours is weights.encoder else other.grad
        torch.testing.assert_close(ours.grad, truth, rtol=1e-10, atol=1e-12)
