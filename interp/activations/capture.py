"""Capture: run a model on tokens and keep copies of what passes at sites."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext, suppress
from typing import overload

import torch
from jaxtyping import Int, Integer
from torch import Tensor

from interp.activations.selection import Index
from interp.activations.watch import Activations, Enough, copying
from interp.errors import ModelError, ShapeError
from interp.models.model import Model
from interp.models.sites import Site

Sites = Site | str | Iterable[Site | str]


@overload
def capture(
    model: Model,
    tokens: Integer[Tensor, "batch position"],
    sites: Sites,
    *,
    at: Index = None,
    heads: Index = None,
    batch: int | None = None,
    grad: bool = False,
    device: torch.device | str | None = None,
    progress: bool = False,
) -> Activations[Tensor]: ...
@overload
def capture(
    model: Model,
    tokens: Sequence[Integer[Tensor, "_"]],
    sites: Sites,
    *,
    at: Index = None,
    heads: Index = None,
    batch: int | None = None,
    grad: bool = False,
    device: torch.device | str | None = None,
    progress: bool = False,
) -> Activations[list[Tensor]]: ...
def capture(
    model: Model,
    tokens: Integer[Tensor, "batch position"] | Sequence[Integer[Tensor, "_"]],
    sites: Sites,
    *,
    at: Index = None,
    heads: Index = None,
    batch: int | None = None,
    grad: bool = False,
    device: torch.device | str | None = None,
    progress: bool = False,
) -> Activations[Tensor] | Activations[list[Tensor]]:
    """Copies of the tensors at `sites` while `model` reads `tokens`; the model stops after the deepest one.

    A tensor of tokens gives one tensor a site, `[batch, position, width]` or as `KINDS` says. A list of sequences of
    different lengths gives a list of tensors a site, one a sequence, in the order of the list: sequences of equal
    length run together, nothing is padded.

    `at` and `heads` choose positions and heads; an integer drops its axis (`at=-1` gives `[batch, width]`).
    `batch` bounds how many sequences run at a time, `device` says where the copies go (default: they stay),
    `grad` keeps them in the autograd graph, `progress` prints rate and time left. Sites inside attention (scores,
    pattern, rotated q and k) make the model compute attention in the open instead of in its fast kernel: what follows
    may then differ in the last bits from a capture without them.

    Raises `UnknownNameError` for an unknown site, `ShapeError` for bad tokens or positions, and `ModelError` when a
    site was not reached.
    """
    wanted = model.find(sites)
    if batch is not None and batch < 1:
        raise ShapeError(f"batch must be 1 or more, not {batch}")
    if isinstance(tokens, Tensor):
        order, groups = None, [model.checked(tokens)]
    else:
        order, groups = _by_length(model, tokens)
    chunks = [
        group[i : i + (batch or len(group))] for group in groups for i in range(0, len(group), batch or len(group))
    ]
    parts: dict[Site, list[Tensor]] = {one: [] for one in wanted}
    for chunk in _with_progress(chunks, progress):
        for one, tensor in _run(model, chunk, wanted, at, heads, grad).items():
            parts[one].append(tensor if device is None else tensor.to(device))
    if order is None:
        return Activations({one: _joined(found) for one, found in parts.items()})
    return Activations({one: _unsorted(found, order) for one, found in parts.items()})


def _run(
    model: Model, tokens: Integer[Tensor, "batch position"], sites: list[Site], at: Index, heads: Index, grad: bool
) -> dict[Site, Tensor]:
    with (
        nullcontext() if grad else torch.no_grad(),
        copying(model, sites, at, heads, grad=grad, stop=True) as values,
        suppress(Enough),
    ):
        model.hf(input_ids=tokens, use_cache=False)
    missed = [one.name for one in sites if one not in values]
    if missed:
        raise ModelError(f"{model.name} never passed {', '.join(missed)}: its anatomy does not fit how it computes.")
    return {one: values[one] for one in sites}


def _by_length(model: Model, sequences: Sequence[Integer[Tensor, "_"]]) -> tuple[list[int], list[Int[Tensor, "_ _"]]]:
    """Sequences stacked by length, and for each of them, so sorted, its place in the list."""
    if not sequences:
        raise ShapeError("no sequences were handed in")
    places: defaultdict[int, list[int]] = defaultdict(list)
    for place, sequence in enumerate(sequences):
        if sequence.ndim != 1:
            raise ShapeError(f"sequence {place} must be tokens [position], not {list(sequence.shape)}")
        places[len(sequence)].append(place)
    groups = [model.checked(torch.stack([sequences[p] for p in group])) for group in places.values()]
    return [place for group in places.values() for place in group], groups


def _unsorted(parts: list[Tensor], order: list[int]) -> list[Tensor]:
    """One tensor a sequence, in the order in which the sequences were handed in."""
    by_place = dict(zip(order, (row for part in parts for row in part), strict=True))
    return [by_place[place] for place in range(len(order))]


def _joined(parts: list[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def _with_progress(chunks: list[Tensor], progress: bool) -> Iterator[Tensor]:
    from interp.progress import Reporter

    report = Reporter(sum(map(len, chunks)), unit="sequence", quiet=not progress)
    done = 0
    for chunk in chunks:
        yield chunk
        done += len(chunk)
        report(done)
