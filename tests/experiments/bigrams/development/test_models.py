from dataclasses import asdict
from pathlib import Path

import pytest
import torch

import interp
from experiments.bigrams.development.models import checkpoint, random_blocks, require
from experiments.bigrams.development.settings import Settings
from experiments.bigrams.settings import Plan
from interp.errors import FileError, InterpError
from interp.models.model import Model
from interp.models.randomise import random_weights
from interp.records import Run


def settings(plan: Plan, at: tuple[int, ...] = (0, 60), folder: Path | None = None) -> Settings:
    checkpoints = folder or Path(plan.model).with_name("checkpoints")
    return Settings(**asdict(plan), checkpoints=str(checkpoints), at=at)


def test_checkpoints_are_models_at_their_steps(plan: Plan, this: Run) -> None:
    require(settings(plan))
    first, last = (checkpoint(settings(plan), step, this) for step in (0, 60))
    trained = interp.load(plan.model, device="cpu")
    tokens = torch.arange(8)[None]
    with torch.no_grad():
        assert torch.equal(last(tokens), trained(tokens))
        assert not torch.equal(first(tokens), trained(tokens))


def test_checkpoints_that_are_not_there_are_explained(plan: Plan, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="interp train docs-small"):
        require(settings(plan, folder=tmp_path))
    with pytest.raises(FileError, match="no checkpoint of step 7"):
        require(settings(plan, at=(0, 7)))


@pytest.mark.parametrize("at", [(), (0,), (60, 0), (7, 60), (0, 0, 60)])
def test_an_order_of_no_use_is_refused(plan: Plan, at: tuple[int, ...]) -> None:
    with pytest.raises(InterpError, match="ascending from 0"):
        require(settings(plan, at=at))


def test_random_blocks_stand_between_trained_embeddings(model: Model) -> None:
    fresh, random = random_blocks(model, 3), random_weights(model, 3)
    trained, drawn = dict(model.hf.named_parameters()), dict(random.hf.named_parameters())
    inner = (f"{model.anatomy.blocks}.", f"{model.anatomy.final_norm}.")
    for name, weight in fresh.hf.named_parameters():
        assert torch.equal(weight, (drawn if name.startswith(inner) else trained)[name]), name
    assert fresh.hf.get_output_embeddings().weight.equal(model.hf.get_output_embeddings().weight)
    assert "random blocks (seed 3)" in fresh.name
