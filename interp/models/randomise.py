"""The random-weight control: the same architecture before it learned anything."""

from copy import deepcopy

import torch

from interp.models.model import Model


def random_weights(model: Model, seed: int) -> Model:
    """A model of the same configuration with freshly initialised weights drawn from `seed`; the given one stays."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        fresh = type(model.hf)(deepcopy(model.hf.config))
    fresh = fresh.to(device=model.device, dtype=model.dtype).eval()
    name = f"{model.name} with random weights (seed {seed})"
    return Model(fresh, model.anatomy, name, model._source, model._revision, model._tokenizer)
