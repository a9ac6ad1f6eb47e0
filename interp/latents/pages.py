"""Pages of latents of a dictionary, from a store of activations and the text it was harvested from."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Integer
from torch import Tensor

from interp.dictionaries.dictionary import Dictionary
from interp.errors import ShapeError, UnknownNameError
from interp.latents.active import Active, active
from interp.latents.context import Context, Decode, Reader
from interp.latents.labels import Label
from interp.latents.outputs import outputs, require_path
from interp.latents.page import Band, Chance, Histogram, Neighbour, Page
from interp.latents.top import QUARTERS, spread, strongest
from interp.matching.directions import chance
from interp.models.model import Model
from interp.models.sites import Site, site
from interp.sequences import Sequences
from interp.store.index import Index
from interp.store.store import Store
from interp.text.corpus import Corpus


@dataclass(frozen=True)
class View:
    """How much a page shows."""

    top: int = 10
    """Contexts where the latent is strongest."""
    each: int = 3
    """Contexts from every quarter of its active rows."""
    before: int = 12
    """Tokens before the marked one."""
    after: int = 6
    """Tokens after it."""
    neighbours: int = 8
    """Latents with the nearest decoder directions."""
    outputs: int = 8
    """Tokens at either end of what its direction says of the output."""
    bins: int = 24
    """Bars of the histogram."""

    def __post_init__(self) -> None:
        if self.top < 1 or self.bins < 1 or min(self.each, self.before, self.after, self.neighbours, self.outputs) < 0:
            raise ShapeError("a view has at least one top context and one bin, and nothing below 0")


def page(
    latent: int,
    dictionary: Dictionary,
    store: Store,
    where: Site | str,
    data: Sequences,
    *,
    decode: Corpus | Decode | None = None,
    labels: Mapping[int, Label] | None = None,
    model: Model | None = None,
    view: View | None = None,
    batch: int = 2048,
    quiet: bool = False,
) -> Page:
    """The page of one latent; see `pages`, which makes several in one pass."""
    (found,) = pages(
        [latent], dictionary, store, where, data,
        decode=decode, labels=labels, model=model, view=view, batch=batch, quiet=quiet,
    )  # fmt: skip
    return found


def pages(
    latents: Iterable[int],
    dictionary: Dictionary,
    store: Store,
    where: Site | str,
    data: Sequences,
    *,
    decode: Corpus | Decode | None = None,
    labels: Mapping[int, Label] | None = None,
    model: Model | None = None,
    view: View | None = None,
    batch: int = 2048,
    quiet: bool = False,
) -> list[Page]:
    """The pages of `latents`, in one pass over the rows of the site `where` in the store.

    `data` are the sequences that were harvested; `decode` is the corpus they were made from, or a function from ids
    that follow one another to a string for each (moves, say); without it ids are shown as numbers. `labels` come from
    `best_labels`. With the `model`, a page shows which output tokens the latent's direction speaks for.

    Raises `UnknownNameError` for a site that is not in the store; `ShapeError` for latents that do not exist, a
    dictionary of another width or whose configuration names another site (`hook_name`), other data than the store was
    harvested from, a corpus that is not theirs, and with `model` a site outside the residual stream; `ModelError` for
    another model than the store's.
    """
    view, numbers = view or View(), list(latents)
    rows = store[where]
    found = site(where) if isinstance(where, str) else where
    _require_site(dictionary, found)
    if data.fingerprint() != store.manifest.data_fingerprint:
        raise ShapeError(
            f"{store.folder} was harvested from other data ({store.manifest.data}) than {data.source}: hand in the "
            "same sequences, with the same length, order and kept positions."
        )
    reader = Reader.of(data, decode)
    if model is not None:
        store.require(model)
        require_path(found, dictionary.W_dec.shape[1], model)
    firing = active(dictionary, rows, numbers, batch=batch, quiet=quiet)
    expected = _chance(dictionary)
    near = _neighbours(dictionary, numbers, view.neighbours)
    return [
        Page(
            latent=latent,
            dictionary=_called(dictionary),
            latents=len(dictionary.W_dec),
            model=store.manifest.model,
            site=str(found),
            data=store.manifest.data,
            rows=len(rows),
            fired=len(one.rows),
            mean=float(one.values.double().mean()) if len(one.rows) else None,
            highest=float(one.values.max()) if len(one.rows) else None,
            histogram=_histogram(one, view.bins),
            top=_shown(reader, one, strongest(one, view.top, store.index.sequence), store.index, view),
            bands=_bands(reader, one, store.index, view),
            neighbours=near[latent],
            chance=expected,
            labelled=labels is not None,
            label=None if labels is None else labels.get(latent),
            outputs=None
            if model is None
            else outputs(dictionary.W_dec[latent].detach(), model, found, reader, view.outputs),
        )
        for latent, one in zip(numbers, firing, strict=True)
    ]


def _require_site(dictionary: Dictionary, found: Site) -> None:
    """Raise `ShapeError` when the dictionary says that it was trained elsewhere."""
    named = getattr(getattr(getattr(dictionary, "cfg", None), "metadata", None), "hook_name", None)
    try:
        own = site(named) if isinstance(named, str) else None
    except UnknownNameError:
        own = None  # a place that has no name here: nothing can be said about it
    if own is not None and own != found:
        raise ShapeError(f"the dictionary was trained at {own}, not at {found}: its latents mean nothing there")


def _called(dictionary: Dictionary) -> str:
    """The architecture of a SAELens dictionary, or the name of the class."""
    named = getattr(getattr(dictionary, "cfg", None), "architecture", None)
    return str(named()) if callable(named) else type(dictionary).__name__


def _histogram(one: Active, bins: int) -> Histogram | None:
    if not len(one.rows):
        return None
    counts, edges = np.histogram(one.values.double().numpy(), bins=bins, range=(0.0, float(one.values.max())))
    return Histogram(tuple(edges.tolist()), tuple(counts.tolist()))


def _bands(reader: Reader, one: Active, index: Index, view: View) -> tuple[Band, ...]:
    """Contexts of every quarter, none from a sequence that was shown before; empty quarters are left out."""
    shown, found = strongest(one, view.top, index.sequence), []
    for low, high in QUARTERS:
        chosen = spread(one, (low, high), view.each, index.sequence, shown)
        shown = torch.cat([shown, chosen])
        if len(chosen):
            found.append(Band(low, high, _shown(reader, one, chosen, index, view)))
    return tuple(found)


def _shown(
    reader: Reader, one: Active, places: Integer[Tensor, " place"], index: Index, view: View
) -> tuple[Context, ...]:
    rows = one.rows[places].tolist()
    return tuple(
        reader.context(one, row, int(index.sequence[row]), int(index.position[row]), view.before, view.after)
        for row in rows
    )


def _neighbours(dictionary: Dictionary, latents: list[int], count: int) -> dict[int, tuple[Neighbour, ...]]:
    """The nearest others of each latent; a latent without a direction is nobody's neighbour and has none."""
    decoder = dictionary.W_dec.detach().double().cpu()
    lengths = decoder.norm(dim=1)
    directed = (lengths > 0).nonzero()[:, 0]
    unit = decoder[directed] / lengths[directed, None]
    found: dict[int, tuple[Neighbour, ...]] = dict.fromkeys(latents, ())
    for latent in (latent for latent in latents if lengths[latent] > 0):
        others = directed != latent
        # One latent at a time: a product for several has other last bits, and a page would depend on those beside it.
        cosines = (unit @ (decoder[latent] / lengths[latent]))[others]
        values, order = cosines.sort(descending=True, stable=True)
        nearest = zip(directed[others][order[:count]].tolist(), values[:count].tolist(), strict=True)
        found[latent] = tuple(Neighbour(number, cosine) for number, cosine in nearest)
    return found


def _chance(dictionary: Dictionary) -> Chance | None:
    """What the nearest of the other latents would come to if all directions were independent."""
    count, width = dictionary.W_dec.shape
    return Chance(*chance(width, count - 1)[:3]) if count > 1 and width > 1 else None


__all__ = ["View", "page", "pages"]
