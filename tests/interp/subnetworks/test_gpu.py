"""Masks where the weights are on a GPU and what is handed in is not."""

from pathlib import Path

import pytest
import torch
from torch import Generator

import interp
from interp.subnetworks import Mask, pruned, select, units
from interp.subnetworks.pruned import Fill
from interp.subnetworks.units import Grain
from tests.architectures import fresh, some_tokens


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("grain", ["weight", "neuron", "head", "matrix"])
@pytest.mark.parametrize("fill", ["zero", "mean", "resample"])
@torch.no_grad()
def test_a_model_on_the_gpu_is_pruned_as_on_the_cpu(grain: Grain, fill: Fill, tmp_path: Path) -> None:
    here, there = interp.load(fresh("llama"), device="cpu"), interp.load(fresh("llama").cuda())
    logits = []
    for model in (here, there):
        found = units(model, grain)
        kept = torch.rand(found.count, generator=Generator().manual_seed(0)) < 0.5
        mask = Mask.of_units(found, kept)
        mask.save(tmp_path / "mask")
        assert Mask.load(tmp_path / "mask", model) == mask
        if grain == "weight":
            mask = mask - select(model, block=0, kind="v")
        before = model(some_tokens())
        with pruned(model, mask, fill, Generator().manual_seed(1)):
            logits.append(model(some_tokens()).cpu())
        assert model(some_tokens()).equal(before)
    torch.testing.assert_close(*logits, rtol=1e-4, atol=1e-4)
