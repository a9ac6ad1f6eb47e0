"""Edits: what passes at a site is changed while a `with` block lasts. They compose, and leave nothing behind."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import replace as changed

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from interp.activations.selection import Index, Selection, numbers
from interp.activations.taps import Tap, tapped
from interp.errors import ShapeError
from interp.models.model import Model
from interp.models.sites import Site, scores, site


@dataclass(frozen=True)
class Edit:
    """A change at one site. Make one with `replace`, `add`, `zero_ablate`, `mean_ablate`, `resample_ablate`, `knockout`
    or, for anything else, with a function of your own.
    """

    site: Site
    """Where."""
    change: Callable[[Tensor], Tensor]
    """A copy of the selected part of the site's tensor -> what takes its place; broadcast where it is smaller."""
    at: Index = None
    """Token positions; None means all."""
    heads: Index = None
    """Heads, where the site keeps them apart; None means all."""

    def __call__(self, tensor: Tensor) -> Tensor:
        """The site's tensor, changed; the one that was there stays as it is."""
        selection = Selection(self.site, self.at, self.heads)
        part = selection.take(tensor)
        new = self.change(part.clone() if part is tensor else part).to(part.device)
        try:
            new = new.expand(part.shape)
        except RuntimeError as error:
            raise ShapeError(
                f"{list(new.shape)} cannot take the place of {list(part.shape)} at {self.site} "
                f"(positions {self.at}, heads {self.heads})"
            ) from error
        return selection.put(tensor, new)


@contextmanager
def edited(model: Model, *edits: Edit) -> Iterator[None]:
    """Run `model` with `edits` inside the block; the model is as before at the end, whatever happens.

    Edits of one site act in the order given; blocks can be nested, and captures inside one see the edited values.
    An edge that the architecture masks stays masked, whatever an edit puts at scores. Raises before anything runs for
    an unknown site, or when attention edges are to be removed from a model whose attention cannot be reached.
    """
    known = [changed(edit, site=model.find(edit.site)[0]) for edit in edits]
    with tapped(model, [Tap(edit.site, edit) for edit in known]):
        yield


def replace(where: Site | str, value: Tensor, *, at: Index = None, heads: Index = None) -> Edit:
    """Put `value` at a site. It broadcasts against the selected part, which has the shape that `capture` gives."""
    place = _site(where)
    _require_finite(value, "value", place)
    return Edit(place, lambda part: value.to(part), at, heads)


def add(where: Site | str, vector: Tensor, *, scale: float = 1.0, at: Index = None, heads: Index = None) -> Edit:
    """Add `scale * vector` (steering). The vector broadcasts against the selected part."""
    place, step = _site(where), scale * vector
    _require_finite(step, "vector", place)
    return Edit(place, lambda part: part + step.to(part), at, heads)


def zero_ablate(where: Site | str, *, at: Index = None, heads: Index = None) -> Edit:
    """Put zeros at a site."""
    return Edit(_site(where), torch.zeros_like, at, heads)


def mean_ablate(
    where: Site | str, reference: Float[Tensor, "batch *rest"], *, at: Index = None, heads: Index = None
) -> Edit:
    """Put the mean over a batch of captured activations at a site, position by position.

    `reference` is what `capture` gave for other inputs, with the same `at` and `heads`. For one mean over all
    positions, hand its mean to `replace` instead.
    """
    place = _site(where)
    _require_reference(reference, place)
    mean = reference.mean(dim=0, dtype=torch.promote_types(reference.dtype, torch.float32))
    return Edit(place, lambda part: _fitting(mean, part, place).to(part), at, heads)


def resample_ablate(
    where: Site | str,
    reference: Float[Tensor, "donor *rest"],
    generator: torch.Generator,
    *,
    at: Index = None,
    heads: Index = None,
) -> Edit:
    """Put the activations of a randomly drawn other input at a site, a donor for each sequence of each pass.

    `reference` is what `capture` gave for the donors, with the same `at` and `heads`.
    """
    place = _site(where)
    _require_reference(reference, place)

    def draw(part: Tensor) -> Tensor:
        _fitting(reference[0], part, place)
        donors = torch.randint(len(reference), (len(part),), generator=generator, device=generator.device)
        return reference[donors.to(reference.device)].to(part)

    return Edit(place, draw, at, heads)


def knockout(
    layer: int,
    *,
    queries: Index = None,
    keys: Index = None,
    heads: Index = None,
    edges: Bool[Tensor, "query key"] | None = None,
) -> Edit:
    """Remove attention edges in a block: from all `queries` to all `keys`, or those that are True in `edges`.

    The other edges of a query share its attention; a query that loses them all attends to nothing, and its z is 0.
    """
    if edges is not None and (queries is not None or keys is not None):
        raise ShapeError("say which edges to remove either by queries and keys or by a mask, not both")
    if edges is not None and edges.dtype != torch.bool:
        raise ShapeError(f"the mask of edges to remove must be boolean, not {edges.dtype}")

    def remove(part: Tensor) -> Tensor:
        mask = edges if edges is not None else _rectangle(part, scores(layer), queries, keys)
        if mask.shape != part.shape[-2:]:
            raise ShapeError(f"a mask {list(mask.shape)} does not fit {list(part.shape[-2:])} queries and keys")
        return part.masked_fill(mask.to(part.device), -torch.inf)

    return Edit(scores(layer), remove, heads=[heads] if isinstance(heads, int) else heads)


def _rectangle(part: Tensor, site: Site, queries: Index, keys: Index) -> Bool[Tensor, "query key"]:
    """True for every edge from `queries` to `keys`; `part` is the scores of some heads."""
    rows, columns = (torch.zeros(size, dtype=torch.bool, device=part.device) for size in part.shape[-2:])
    rows[numbers(queries, part, 2, site)] = True
    columns[numbers(keys, part, 3, site)] = True
    return rows[:, None] & columns


def _site(where: Site | str) -> Site:
    return site(where) if isinstance(where, str) else where


def _require_finite(value: Tensor, what: str, place: Site) -> None:
    # Scores are -inf where an edge is masked: that is a value like any other there.
    wrong = value.isnan() | (value == torch.inf) if place.kind == "scores" else ~value.isfinite()
    if wrong.any():
        raise ShapeError(f"the {what} handed to an edit of {place} holds NaN or infinity")


def _require_reference(reference: Tensor, place: Site) -> None:
    if not len(reference):
        raise ShapeError(f"the reference for {place} holds no captured input")
    _require_finite(reference, "reference", place)


def _fitting(row: Tensor, part: Tensor, place: Site) -> Tensor:
    if row.shape != part.shape[1:]:
        raise ShapeError(
            f"the reference for {place} was captured with shape [batch, {', '.join(map(str, row.shape))}], "
            f"the model now has {list(part.shape)} there. Capture it with the same positions and heads."
        )
    return row
