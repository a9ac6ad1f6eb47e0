"""Fit conditional means: one pass over the prompts for all sites, positions and keys."""

from collections.abc import Iterable, Sequence

import torch
from jaxtyping import Float, Int64, Integer
from torch import Tensor

from interp.ablation.keys import Keys, by_token, keyed
from interp.ablation.means import ConditionalMeans
from interp.ablation.rows import laid_out
from interp.activations.capture import capture
from interp.errors import ShapeError
from interp.models.fingerprint import fingerprint
from interp.models.model import Model
from interp.models.sites import KINDS, Site, resid


def conditional_means(
    model: Model,
    tokens: Integer[Tensor, "prompt position"] | Sequence[Integer[Tensor, "_"]],
    sites: Site | str | Iterable[Site | str] | None = None,
    *,
    keys: Keys = by_token,
    floor: int = 1,
    batch: int = 512,
    progress: bool = False,
) -> ConditionalMeans:
    """The mean of each of `sites` (default: the residual stream at every depth) for each key at each position.

    Mamidanna et al. 2025 call this context-aware mean ablation. All prompts must have the same length and the same
    layout: position p means the same in each of them. `floor` is the fewest contexts with which the means will serve;
    see `ConditionalMeans.known`. Sums are kept in float64, means in float32 or in the model's wider type; `batch`
    prompts run at a time, and no activation outlives its batch.

    Raises `ShapeError` for no prompts, prompts of unequal lengths, sites without a position axis of their own,
    activations with NaN or infinity, and keys that are not one integer a token.
    """
    if floor < 1 or batch < 1:
        raise ShapeError(f"floor and batch must be 1 or more, not {floor} and {batch}")
    wanted = model.find([resid(depth) for depth in range(model.depth + 1)] if sites is None else sites)
    for one in wanted:
        if KINDS[one.kind].position_axis != 1:
            axes = KINDS[one.kind].axes
            raise ShapeError(f"{one} has axes {axes}: means by position need a site whose second axis is position")
    prompts = model.checked(_stacked(tokens))
    layout, rows = laid_out(prompts, keyed(keys, prompts))
    sums = _sums(model, prompts, wanted, rows, len(layout.counts), batch, progress)
    means = {one: _divided(sums.pop(one), layout.counts, model.dtype) for one in wanted}
    return ConditionalMeans(means, layout, keys, floor, fingerprint(model))


def _stacked(tokens: Tensor | Sequence[Tensor]) -> Integer[Tensor, "prompt position"]:
    if isinstance(tokens, Tensor):
        return tokens
    lengths = sorted({len(sequence) for sequence in tokens})
    if len(lengths) != 1:
        found = f"lengths {', '.join(map(str, lengths))}" if lengths else "no prompts"
        raise ShapeError(f"prompts must be equally long, or a position would mean different things; got {found}")
    return torch.stack(list(tokens))


def _sums(
    model: Model,
    tokens: Int64[Tensor, "prompt position"],
    sites: list[Site],
    rows: Int64[Tensor, "prompt position"],
    size: int,
    batch: int,
    progress: bool,
) -> dict[Site, Float[Tensor, "row *rest"]]:
    """The sum of each site's activations over the tokens of each row, in float64."""
    from interp.progress import Reporter

    report = Reporter(len(tokens), unit="prompt", quiet=not progress)
    sums: dict[Site, Tensor] = {}
    for begin in range(0, len(tokens), batch):
        chunk = tokens[begin : begin + batch]
        for one, found in capture(model, chunk, sites).items():
            _require_finite(found, one)
            flat = found.flatten(0, 1).double()
            if one not in sums:
                sums[one] = flat.new_zeros((size, *flat.shape[1:]))
            sums[one].index_add_(0, rows[begin : begin + batch].flatten(), flat)
        report(begin + len(chunk))
    return sums


def _require_finite(found: Tensor, one: Site) -> None:
    wrong = ~found.isfinite()
    if wrong.any():
        position = int(wrong.nonzero()[0, 1])
        raise ShapeError(f"the activations at {one} hold NaN or infinity (position {position}): they have no mean")


def _divided(
    sums: Float[Tensor, "row *rest"], counts: Int64[Tensor, " row"], dtype: torch.dtype
) -> Float[Tensor, "row *rest"]:
    means = sums / counts.view(-1, *[1] * (sums.ndim - 1))
    return means.to(torch.promote_types(dtype, torch.float32))


__all__ = ["conditional_means"]
