"""The models that are compared: checkpoints, and models that keep only the embeddings of a trained one."""

import torch

from experiments.bigrams.development.settings import Settings
from experiments.language.checkpoints import HUB as REVISIONS
from experiments.language.checkpoints import Series, series
from interp.models.model import Model
from interp.models.randomise import random_weights
from interp.records import Run

HUB = "hub"
"""Stands for the revisions of the model on the hub in place of a folder."""


def require(settings: Settings) -> None:
    """Raise before any work: `FileError` for checkpoints that are not there, `InterpError` for an order of no use."""
    _series(settings)


def checkpoint(settings: Settings, step: int, this: Run) -> Model:
    """The model after `step` steps of training."""
    return _series(settings).load(step, this.device, this.dtype)


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


def _series(settings: Settings) -> Series:
    source = f"{REVISIONS}{settings.model}" if settings.checkpoints == HUB else settings.checkpoints
    return series(source, settings.at)


__all__ = ["HUB", "checkpoint", "random_blocks", "require"]
