"""Which latents fire in rows of activations: never more than a block of the matrix [row, latent] at a time."""

from collections.abc import Iterator

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from interp.dictionaries.dictionary import Dictionary
from interp.dictionaries.metrics.mean import require_finite
from interp.errors import ShapeError
from interp.token_graph.fits import reads

BLOCK = 2**24
"""Latents of rows that are made at a time: 64 MiB in float32."""


def fired(
    dictionary: Dictionary,
    states: Float[Tensor, "sequence position *row"],
    kept: Bool[Tensor, "sequence position"],
    threshold: float = 0.0,
) -> Iterator[tuple[Int64[Tensor, " event"], Int64[Tensor, " event"]]]:
    """Rows (numbers of positions, sequence by sequence) and latents above `threshold`, by row and then by latent.

    A latent fires where its absolute value is above the threshold: some kinds have negative ones. Sparse latents stay
    sparse. Raises `ShapeError` for rows of another width, NaN and infinity, and latents of another number.
    """
    require_width(dictionary, states)
    wanted = kept.flatten().nonzero()[:, 0]
    if _in_context(dictionary):
        # What it makes of a position depends on those before it, which therefore have to be there.
        step = max(1, BLOCK // (states.shape[1] * len(dictionary.W_dec)))
        for begin in range(0, len(states), step):
            latents = _encoded(dictionary, states[begin : begin + step])
            offset = begin * states.shape[1]
            own = wanted[(wanted >= offset) & (wanted < offset + latents.shape[0])]
            yield _found(latents[own - offset], own, threshold)
        return
    rows = states.flatten(0, 1)
    for places in torch.split(wanted, max(1, BLOCK // len(dictionary.W_dec))):
        yield _found(_encoded(dictionary, rows[places.to(rows.device)]), places, threshold)


def _encoded(dictionary: Dictionary, rows: Float[Tensor, "*batch width"]) -> Float[Tensor, "row latent"]:
    """The latents of rows [row, ...], or of sequences [sequence, position, ...] for a dictionary that reads those."""
    decoder, axes = dictionary.W_dec, 2 if _in_context(dictionary) else 1
    reshapes = getattr(getattr(dictionary, "cfg", None), "reshape_activations", "none") == "hook_z"
    wanted = rows if reshapes else rows.flatten(axes)
    with torch.no_grad():
        latents = dictionary.encode(wanted.to(decoder.device, decoder.dtype))
    if not latents.is_sparse:
        latents = latents.flatten(0, -2)
    count = rows.shape[:axes].numel()
    if latents.shape != (count, len(decoder)):
        raise ShapeError(f"of {count} rows the dictionary made latents {list(latents.shape)}")
    return latents


def require_width(dictionary: Dictionary, states: Float[Tensor, "sequence position *row"]) -> None:
    """Raise `ShapeError` for a dictionary that reads rows of another width."""
    if states.shape[2:].numel() != reads(dictionary):
        raise ShapeError(
            f"the dictionary reads rows of width {reads(dictionary)}, not {list(states.shape[2:])}: it was trained on "
            "another site or model"
        )


def _found(
    latents: Float[Tensor, "row latent"], places: Int64[Tensor, " row"], threshold: float
) -> tuple[Int64[Tensor, " event"], Int64[Tensor, " event"]]:
    if latents.is_sparse:
        latents = latents.coalesce()  # which sorts by row, then by latent
        require_finite(latents.values()[:, None], "latent", 0)
        rows, columns = latents.indices()[:, latents.values().abs() > threshold]
    else:
        require_finite(latents, "latent", 0)
        rows, columns = (latents.abs() > threshold).nonzero(as_tuple=True)
    return places[rows.cpu()], columns.cpu()


def _in_context(dictionary: Dictionary) -> bool:
    """Whether it reads whole sequences: SAELens's temporal dictionaries do."""
    named = getattr(getattr(dictionary, "cfg", None), "architecture", None)
    return callable(named) and named() == "temporal"


__all__ = ["BLOCK", "fired", "require_width"]
