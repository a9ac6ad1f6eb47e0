"""Events of a model and a dictionary on a text: which latent fires at which occurrence of which token."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Int64, Integer
from torch import Tensor

from interp.activations.capture import capture
from interp.dictionaries.dictionary import Dictionary
from interp.errors import ShapeError
from interp.models.model import Model
from interp.models.sites import Site
from interp.sequences import Sequences
from interp.token_graph.builder import GraphBuilder
from interp.token_graph.encoding import fired, require_width
from interp.token_graph.fits import require_fits
from interp.token_graph.graph import TokenGraph


class Events(NamedTuple):
    """Some events, by position and within it by latent."""

    tokens: Int64[np.ndarray, " event"]
    """The token at which a latent fires."""
    latents: Int64[np.ndarray, " event"]
    """The latent."""
    positions: Int64[np.ndarray, " event"]
    """The number of the occurrence in the text: sequence * length + place in the sequence."""


def events(
    model: Model,
    dictionary: Dictionary,
    site: Site | str,
    sequences: Sequences | Integer[Tensor, "sequence position"],
    *,
    threshold: float = 0.0,
    skip_first: bool = True,
    max_density: float | None = None,
    batch: int = 32,
    trust: bool = False,
    first_sequence: int = 0,
) -> Iterator[Events]:
    """The events of a text, those of `batch` sequences or fewer at a time; nothing is kept.

    A latent fires where it is above `threshold`. The first position of each sequence is left out unless `skip_first`
    is false (models treat it apart from all others, whatever the token; see `counts`), and so is everything that is
    not `kept`: padding, separators, a BOS. Latents that fire in more than the share `max_density` of the occurrences
    are left out; the text is then read twice. `first_sequence` is the number of the first sequence in a text of which
    this is a part. `dictionary` is any dictionary of SAELens, transcoders included; `trust` as in `require_fits`.

    Raises `ShapeError` at once for a dictionary of another model, site or width, and a text of which nothing counts;
    when all latents that are active are too dense; and at the end when no latent was active anywhere.
    """
    (found,) = model.find(site)
    require_fits(model, dictionary, found, trust)
    data = sequences if isinstance(sequences, Sequences) else Sequences.of(sequences)
    if threshold < 0 or batch < 1 or (max_density is not None and not 0 < max_density <= 1):
        raise ShapeError(
            "need a threshold of 0 or more, a batch of 1 or more and a density above 0 and up to 1, not "
            f"{threshold}, {batch} and {max_density}"
        )
    counted = counts(data, skip_first)
    model.checked(torch.stack([data.tokens.min(), data.tokens.max()])[None])
    require_width(dictionary, capture(model, data.tokens[:1, :1], found)[found])

    def read() -> Iterator[Events]:
        return stream(model, dictionary, found, data.tokens, counted, threshold, batch, first_sequence)

    return _some(read() if max_density is None else _sparse(read, len(dictionary.W_dec), max_density, counted))


def counts(sequences: Sequences, skip_first: bool = True) -> Bool[Tensor, "sequence position"]:
    """Which positions count: those that are kept, without the first of each sequence. Raises `ShapeError` for none.

    Padding on the left is passed over: the first position is the first that is kept, or a BOS or separator before it
    (which is in no document: its place is -1).
    """
    found = sequences.kept.clone()
    if skip_first:
        begins = (found | (sequences.places < 0)).int().argmax(1)  # 0 where there is none, and nothing is kept
        found[torch.arange(len(found), device=found.device), begins] = False
    if not found.any():
        raise ShapeError(
            f"no position of {sequences.source} counts: sequences of {found.shape[1]} tokens, of which "
            f"{'the first and ' * skip_first}those that are not `kept` are left out"
        )
    return found


def build(
    model: Model,
    dictionary: Dictionary,
    site: Site | str,
    sequences: Sequences | Integer[Tensor, "sequence position"],
    *,
    threshold: float = 0.0,
    skip_first: bool = True,
    max_density: float | None = None,
    batch: int = 32,
    trust: bool = False,
    first_sequence: int = 0,
    counted: bool = True,
    first: bool = False,
    memory: int = 2**30,
    folder: str | Path | None = None,
) -> TokenGraph:
    """The graph of a text, which is read once; it knows how often every token occurs.

    Arguments as in `events` and, with `counted` for its `counts`, as in `GraphBuilder`. Raises as they do.
    """
    data = sequences if isinstance(sequences, Sequences) else Sequences.of(sequences)
    found = events(
        model, dictionary, site, data, threshold=threshold, skip_first=skip_first, batch=batch, trust=trust,
        first_sequence=first_sequence,
    )  # fmt: skip
    dense = max_density is not None
    builder = GraphBuilder(
        model.vocabulary, len(dictionary.W_dec), counts=counted or dense, first=first, memory=memory, folder=folder
    )
    builder.occurred(data.tokens[counts(data, skip_first)].long().numpy())
    for part in found:
        builder.add(*part)
    graph = builder.graph() if max_density is None else thinned(builder.graph(), max_density)
    return graph if counted else replace(graph, counts=None)


def thinned(graph: TokenGraph, max_density: float) -> TokenGraph:
    """The graph without the edges of latents that fire in more than a share of the occurrences. Raises `ShapeError`."""
    if graph.occurrences is None or not 0 < max_density <= 1:
        raise ShapeError(f"need a graph that knows how often tokens occur, and a density up to 1, not {max_density}")
    kept = np.flatnonzero(graph.latent_counts <= max_density * graph.occurrences.sum())
    found = graph.subgraph(latents=kept)
    if not len(found):
        raise _too_dense(max_density)
    return found


def stream(
    model: Model,
    dictionary: Dictionary,
    site: Site,
    tokens: Integer[Tensor, "sequence position"],
    counted: Bool[Tensor, "sequence position"],
    threshold: float,
    batch: int,
    first_sequence: int,
) -> Iterator[Events]:
    """What `events` gives, of the positions that are `counted` and without looking whether there is any."""
    length = tokens.shape[1]
    for begin in range(0, len(tokens), batch):
        some, kept = tokens[begin : begin + batch], counted[begin : begin + batch]
        if not kept.any():
            continue
        states = capture(model, some, site)[site]
        row = some.flatten().long().cpu()
        for places, latents in fired(dictionary, states, kept, threshold):
            positions = places + (first_sequence + begin) * length
            yield Events(row[places].numpy(), latents.numpy(), positions.numpy())


def _some(parts: Iterator[Events]) -> Iterator[Events]:
    """The same. Raises `ShapeError` at the end if there was no event."""
    none = True
    for part in parts:
        none = none and not len(part.tokens)
        yield part
    if none:
        raise ShapeError(
            "no latent was active anywhere: was the dictionary trained on this site, is the threshold too high, or are "
            "all its latents dead?"
        )


def _sparse(
    read: Callable[[], Iterator[Events]], width: int, max_density: float, counted: Bool[Tensor, "sequence position"]
) -> Iterator[Events]:
    """The events of latents that fire in at most a share of the positions. Raises `ShapeError` if none does."""
    times = np.zeros(width, np.int64)
    for part in read():
        times += np.bincount(part.latents, minlength=width)
    kept = times <= max_density * int(counted.sum())
    if times.any() and not times[kept].any():
        raise _too_dense(max_density)
    for part in read():
        chosen = kept[part.latents]
        yield Events(*(column[chosen] for column in part))


def _too_dense(max_density: float) -> ShapeError:
    return ShapeError(f"no latent is left: all that are active fire in more than {max_density:.3g} of the text")


__all__ = ["Events", "build", "counts", "events", "stream", "thinned"]
