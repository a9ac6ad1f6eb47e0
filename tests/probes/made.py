"""Tiny made-up rows, and a way past the shape checker."""

import inspect
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor


def rows(
    count: int, width: int = 5, targets: int = 3, classes: int = 3, seed: int = 0
) -> tuple[Float[Tensor, "row width"], Int64[Tensor, "row target"]]:
    """Features of unlike means and spreads, and labels that depend on them with noise."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(count, width, generator=generator)
    weight = torch.randn(width, targets * classes, generator=generator)
    logits = (noise @ weight).view(count, targets, classes)
    labels = (logits + torch.randn(logits.shape, generator=generator)).argmax(-1)
    return noise * torch.logspace(-1, 1, width) + torch.linspace(-3, 30, width), labels


def unchecked(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as users have it: outside the tests nothing checks shapes before its first line."""
    body: Callable[..., Any] = inspect.unwrap(function)
    return body
