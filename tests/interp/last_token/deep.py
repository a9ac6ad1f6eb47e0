"""Four-block models of every architecture, and prompts with and without a beginning token."""

from functools import cache

import torch
from torch import Tensor

from interp import Model, load
from tests.architectures import fresh

BLOCKS = 4


@cache
def deep(name: str, window: int | None = 8) -> Model:
    """The architecture with four blocks, made once; where there are sliding windows, they are `window` wide."""
    settings: dict[str, object] = {"n_layer" if name.startswith("gpt") else "num_hidden_layers": BLOCKS}
    if name == "mistral":
        settings["sliding_window"] = window
    if name in ("gemma2", "gemma3"):
        settings["sliding_window"] = window
        settings["layer_types"] = ["sliding_attention", "full_attention"] * (BLOCKS // 2)
    return load(fresh(name, **settings))


def with_beginning(prompts: int = 40) -> Tensor:
    """Token 0, an operand, token 9, an operand, token 10."""
    tokens = torch.randint(1, 8, (prompts, 5), generator=torch.Generator().manual_seed(0))
    tokens[:, 0], tokens[:, 2], tokens[:, 4] = 0, 9, 10
    return tokens


def without_beginning(prompts: int = 40) -> Tensor:
    """The same without token 0."""
    return with_beginning(prompts)[:, 1:]
