"""The models that are compared: checkpoints, and models that keep only the embeddings of a trained one."""

from pathlib import Path

import torch

import interp
from experiments.bigrams.development.settings import Settings
from interp.errors import FileError, InterpError
from interp.models.model import Model
from interp.models.randomise import random_weights
from interp.records import Run

HUB = "hub"
"""Stands for the revisions of the model on the hub in place of a folder."""


def require(settings: Settings) -> None:
    """Raise before any work: `FileError` for checkpoints that are not there, `InterpError` for an order of no use."""
    if list(settings.at) != sorted(set(settings.at)) or settings.at[:1] != (0,) or len(settings.at) < 2:
        raise InterpError(f"checkpoints are given by step, ascending from 0, two at least, not {settings.at}")
    if settings.checkpoints == HUB:
        return
    folder = Path(settings.checkpoints)
    there = sorted(int(path.parent.name[5:]) for path in folder.glob("step-[0-9]*/config.json"))
    if not there:
        raise FileError(
            f"there are no checkpoints in {folder}. `interp train docs-small` makes them, in about an hour; or name "
            "another folder with --checkpoints."
        )
    for step in settings.at:
        if step not in there:
            raise FileError(f"{folder} has no checkpoint of step {step}. There are: {', '.join(map(str, there))}")


def checkpoint(settings: Settings, step: int, this: Run) -> Model:
    """The model after `step` steps of training."""
    if settings.checkpoints == HUB:
        return interp.load(settings.model, revision=f"step{step}", device=this.device, dtype=this.dtype)
    folder = Path(settings.checkpoints) / f"step-{step:06}"
    return interp.load(folder, device=this.device, dtype=this.dtype)


def random_blocks(model: Model, seed: int) -> Model:
    """The blocks and final norm of `random_weights(model, seed)`, between the embeddings and unembedding of `model`."""
    fresh = random_weights(model, seed)
    inner = (f"{model.anatomy.blocks}.", f"{model.anatomy.final_norm}.")
    trained = dict(model.hf.named_parameters())
    with torch.no_grad():
        for name, weight in fresh.hf.named_parameters():
            if not name.startswith(inner):
                weight.copy_(trained[name])
    fresh.name = f"{model.name} with random blocks (seed {seed})"
    return fresh


__all__ = ["HUB", "checkpoint", "random_blocks", "require"]
