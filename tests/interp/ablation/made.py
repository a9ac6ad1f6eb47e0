"""Prompts with slots, and conditional means the slow way."""

from collections import defaultdict

import torch
from torch import Tensor

import interp
from interp import Model, Site
from interp.ablation.keys import Keys, by_token

POSITIONS = 5
Lists = dict[tuple[int, int], list[Tensor]]


def prompts(count: int = 40, *, values: int = 4, first: int | None = 9, seed: int = 0) -> Tensor:
    """Prompts such as "bos A + B =" [prompt, 5]: two operands of few values; without `first`, that varies too."""
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randint(values, (count, POSITIONS), generator=generator)
    drawn[:, 2], drawn[:, 4] = 11, 12
    if first is not None:
        drawn[:, 0] = first
    return drawn


def lists(model: Model, tokens: Tensor, site: Site, keys: Keys = by_token) -> Lists:
    """The activations at a site of every prompt, in float64, by position and key."""
    acts = interp.capture(model, tokens, site)[site].double()
    found: Lists = defaultdict(list)
    for row, names in zip(acts, keys(tokens).tolist(), strict=True):
        for position, (one, name) in enumerate(zip(row, names, strict=True)):
            found[position, name].append(one)
    return found


def slow(model: Model, tokens: Tensor, site: Site, asked: Tensor, keys: Keys = by_token) -> Tensor:
    """The conditional means of `tokens` at each position of the prompts `asked`: a dictionary of lists."""
    found = lists(model, tokens, site, keys)
    rows = [
        [torch.stack(found[position, name]).mean(0) for position, name in enumerate(names)]
        for names in keys(asked).tolist()
    ]
    return torch.stack([torch.stack(row) for row in rows])
