"""A passage with the latents that come back in it: where each begins, and where it fires again."""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from interp.activations.capture import capture
from interp.dictionaries.dictionary import Dictionary
from interp.errors import ShapeError
from interp.models.model import Model
from interp.models.sites import Site
from interp.sequences import Sequences
from interp.token_graph.encoding import require_width
from interp.token_graph.events import counts
from interp.token_graph.fits import require_fits


class Traced(NamedTuple):
    """A latent along a passage."""

    latent: int
    """Its number."""
    density: float
    """Share of all occurrences in which it fires."""
    begins: int
    """The place in the passage at which it is first active."""
    activations: tuple[float, ...]
    """How active it is at each place; 0 where it is not."""


class Drawn(NamedTuple):
    """A passage, and the latents of it that were asked for; plain numbers, ready for JSON."""

    sequence: int
    """The sequence that it is in."""
    positions: tuple[int, ...]
    """The positions of its places."""
    tokens: tuple[int, ...]
    """The tokens at these."""
    latents: tuple[Traced, ...]
    """Those that come back most surprisingly first."""


def drawn(
    model: Model,
    dictionary: Dictionary,
    site: Site | str,
    sequences: Sequences,
    sequence: int,
    density: Float[np.ndarray, " latent"],
    origins: Bool[np.ndarray, " token"],
    *,
    count: int = 8,
    trust: bool = False,
) -> Drawn:
    """The `count` latents that come back most surprisingly in the longest passage of a sequence.

    Latents are followed that are first active there at one of the tokens `origins`, before the last place. With n
    places behind it, of which a latent is active in h, and its `density` p in the text, the surprise is
    h ln(h / np), so that neither latents that are always on nor those that fire twice stand first. A figure of them is
    an example that was chosen for its latents: what is true in general is for `reactivation` to say. `density` must be
    that of the same dictionary; fewer latents come back where fewer do.

    Raises `ShapeError` for a sequence that is not there or of which nothing counts, and as `require_fits` does.
    """
    (found,) = model.find(site)
    require_fits(model, dictionary, found, trust)
    if not 0 <= sequence < len(sequences):
        raise ShapeError(f"there is no sequence {sequence}: they go from 0 to {len(sequences) - 1}")
    if len(density) != len(dictionary.W_dec):
        raise ShapeError(f"densities of {len(density)} latents for a dictionary of {len(dictionary.W_dec)}")
    positions = _longest(counts(sequences)[sequence], sequences.documents[sequence])
    tokens = sequences.tokens[sequence].long()
    states = capture(model, tokens[None], found)[found]
    require_width(dictionary, states)
    with torch.no_grad():
        latents = dictionary.encode(states[0, positions].to(dictionary.W_dec.device, dictionary.W_dec.dtype))
    values = (latents.to_dense() if latents.is_sparse else latents).double().cpu().numpy()
    own = tokens[positions].numpy()
    chosen = _chosen(values != 0, density, origins[own])[:count]
    traced = tuple(
        Traced(
            latent, float(density[latent]), int((values[:, latent] != 0).argmax()), tuple(values[:, latent].tolist())
        )
        for latent in chosen
    )
    return Drawn(sequence, tuple(positions.tolist()), tuple(own.tolist()), traced)


def _longest(counted: Bool[Tensor, " position"], documents: Tensor) -> Int64[Tensor, " place"]:
    """The positions that count of the document that has most of them."""
    if not counted.any():
        raise ShapeError("no position of the sequence counts")
    numbers, sizes = torch.unique(documents[counted], return_counts=True)
    found: Tensor = (counted & (documents == numbers[sizes.argmax()])).nonzero()[:, 0]
    return found


def _chosen(
    active: Bool[np.ndarray, "place latent"], density: Float[np.ndarray, " latent"], origin: Bool[np.ndarray, " place"]
) -> list[int]:
    """The latents that begin at an origin and come back, most surprising first, by number where they are equal."""
    begins = active.argmax(0)
    again = active.sum(0) - 1
    behind = len(active) - 1 - begins
    come = active.any(0) & origin[begins] & (again > 0)
    expected = np.maximum(behind * density, 1e-12)
    surprise = np.where(come, again * np.log(np.maximum(again, 1) / expected), -np.inf)
    order = np.argsort(-surprise, kind="stable")
    return [int(latent) for latent in order[: int(come.sum())]]


__all__ = ["Drawn", "Traced", "drawn"]
