"""What a model makes of both positions of many pairs: its answers and its streams, and how far they are apart."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from interp.activations.capture import capture
from interp.models.model import Model
from interp.models.sites import resid


class Read(NamedTuple):
    """Both positions of pairs, as a model reads them."""

    chances: Float[Tensor, "two pair token"]
    """The probability of every token to come next."""
    streams: Float[Tensor, "depth two pair width"]
    """The residual stream at the last move."""


@torch.no_grad()
def read(model: Model, tokens: Int[Tensor, "two pair ply"], length: Int[Tensor, " pair"], batch: int) -> Read:
    """Run the model on both histories of every pair, each as long as `length` says."""
    flat, last = tokens.flatten(0, 1), length.repeat(2) - 1
    sites = [resid(depth) for depth in range(model.depth + 1)]
    order, parts = torch.argsort(last), []
    for rows in torch.split(order, batch):
        # Short histories run together: what comes after the last move is not read, nor is its padding.
        seen = flat[rows, : int(last[rows].max()) + 1].to(model.device)
        found = capture(model, seen, sites)
        parts.append(torch.stack([found[site][torch.arange(len(rows)), last[rows]] for site in sites]))
    streams = torch.cat(parts, 1)[:, torch.argsort(order)]
    chances = model.unembed(streams[-1]).float().softmax(-1)
    pairs = len(length)
    return Read(chances.cpu().reshape(2, pairs, -1), streams.float().cpu().reshape(len(sites), 2, pairs, -1))


def total_variation(chances: Float[Tensor, "two pair token"]) -> Float[Tensor, " pair"]:
    """The probability that must be moved to turn one answer into the other: 0 for equal ones, 1 for disjoint ones."""
    return (chances[0] - chances[1]).abs().sum(-1) / 2


def disagree(chances: Float[Tensor, "two pair token"]) -> Bool[Tensor, " pair"]:
    """Whether the most likely moves differ."""
    return chances[0].argmax(-1) != chances[1].argmax(-1)


def distance(streams: Float[Tensor, "depth two pair width"]) -> Float[Tensor, "depth pair"]:
    """The Euclidean distance of the streams of each pair."""
    apart: Tensor = torch.linalg.vector_norm(streams[:, 0] - streams[:, 1], dim=-1)
    return apart


def cosine(
    streams: Float[Tensor, "depth two pair width"], mean: Float[Tensor, "depth pair width"]
) -> Float[Tensor, "depth pair"]:
    """The cosine of the streams of each pair after `mean`, what all positions of a ply share, is taken off."""
    first, second = streams[:, 0] - mean, streams[:, 1] - mean
    return torch.cosine_similarity(first, second, dim=-1)


__all__ = ["Read", "cosine", "disagree", "distance", "read", "total_variation"]
