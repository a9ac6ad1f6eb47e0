"""The best latent for every label: chosen on half of the groups, measured on the other, beside its controls."""

import warnings
from typing import Literal, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int64, Integer, Real
from torch import Tensor

from interp.errors import ShapeError, unknown
from interp.matching.controls import random_latents, shuffled_rows
from interp.matching.halves import Halves, halves
from interp.matching.intervals import auroc_interval, f1_interval
from interp.matching.latents import MatchWarning, chunks, constant, require
from interp.matching.pairs import pair_areas, pair_thresholds
from interp.matching.ranking import areas
from interp.matching.thresholds import sweep
from interp.stats import Interval


class Best(NamedTuple):
    """The best latent for every label. A label with one class in either half has latent -1 and NaN."""

    latent: Int64[Tensor, " label"]
    """The latent with the highest measure on the selecting half; of several, the first. Silent ones are not chosen."""
    threshold: Float64[Tensor, " label"]
    """Its threshold with the best F1 there; at or below 0 it calls rows where the latent is silent."""
    selected: Float64[Tensor, " label"]
    """Its measure on the selecting half: a best of many, therefore flattering. Report one of the next four."""
    auroc: Float64[Tensor, " label"]
    """Its AUROC on the reporting half."""
    f1: Float64[Tensor, " label"]
    """The F1 of "value >= threshold" on the reporting half."""
    precision: Float64[Tensor, " label"]
    """Share of the rows called on the reporting half that have the label; NaN where none is called."""
    recall: Float64[Tensor, " label"]
    """Share of the label's rows on the reporting half that are called."""


class Matches(NamedTuple):
    """The best latents and what they must beat, all chosen and measured in the same way."""

    by: str
    """The measure by which latents were chosen."""
    best: Best
    """The best latents."""
    intervals: list[Interval]
    """That measure of each of them on the reporting half, with its interval over groups."""
    shuffled: Best
    """The best latents for labels in the wrong rows (`shuffled_rows`): what the choice among so many finds anyway."""
    random: Best | None
    """The best of as many random directions of the same densities; none when no activations were handed in."""
    always: Float64[Tensor, " label"]
    """The F1 of calling every row of the reporting half. A frequent label has a high F1 without any latent."""
    halves: Halves
    """The rows to select and to report on."""


def match(
    latents: Real[Tensor, "row latent"],
    labels: Bool[Tensor, "row label"],
    groups: Integer[Tensor, " row"],
    generator: np.random.Generator,
    *,
    by: Literal["f1", "auroc"] = "f1",
    activations: Float[Tensor, "row width"] | None = None,
    within: Integer[Tensor, " row"] | None = None,
    split: Halves | None = None,
    level: float = 0.95,
) -> Matches:
    """The best latent for every label by best F1 or AUROC, selected and reported on different groups of rows.

    `groups` is the document or game of each row: halves and intervals take whole ones. Give the `activations` that
    the latents were computed from, and as many random directions compete. Labels for the shuffled control keep to
    rows of the same `within` (the place in the game, say) if it is given. Classes of one target are one boolean
    column each; leave out rows without a label. Latents may be dense or sparse (COO). `split` hands in the rows of
    either half, as two sets of documents that were kept apart before; by default half of the groups is drawn.

    Warns (`MatchWarning`) of labels with one class in either half. Raises `ShapeError` for shapes that do not fit,
    labels that are not boolean, fewer than 2 groups, a `split` with a group in both halves, NaN or infinity, and when
    no latent fires in the selecting half.
    """
    require(latents, labels)
    for name, rows in (("groups", groups), ("within", within), ("activations", activations)):
        if rows is not None and len(rows) != len(labels):
            raise ShapeError(f"{name} must have one entry per row: {len(rows)} for {len(labels)} rows")
    if by not in ("f1", "auroc"):
        raise unknown("measure", by, ("f1", "auroc"))
    split = halves(groups, generator) if split is None else _apart(split, groups)
    parts, undefined = _parts(labels, split)
    best = _select_and_report(latents, parts, split, undefined, by)
    wrong = [
        shuffled_rows(part, generator, None if within is None else within[rows])
        for part, rows in zip(parts, split, strict=True)
    ]
    random = None
    if activations is not None:
        rivals = random_latents(activations, _densities(latents), generator)
        random = _select_and_report(rivals, parts, split, undefined, by)
    prevalence = parts[1].double().mean(0).masked_fill(undefined, torch.nan)
    return Matches(
        by=by,
        best=best,
        intervals=_intervals(best, latents, parts[1], groups, split, generator, by, level),
        shuffled=_select_and_report(latents, wrong, split, undefined, by),
        random=random,
        always=2 * prevalence / (1 + prevalence),
        halves=split,
    )


def best_latents(
    latents: Real[Tensor, "row latent"],
    labels: Bool[Tensor, "row label"],
    split: Halves,
    *,
    by: Literal["f1", "auroc"] = "f1",
) -> Best:
    """The best latent for every label, chosen on one half of `split` and measured on the other: `match` without the
    controls and intervals, which cost several times as much.

    Warns and raises as `match` does; whether the halves have documents or games in common it cannot know.
    """
    require(latents, labels)
    if by not in ("f1", "auroc"):
        raise unknown("measure", by, ("f1", "auroc"))
    parts, undefined = _parts(labels, split)
    return _select_and_report(latents, parts, split, undefined, by)


def detectors_alone(latents: Real[Tensor, "row label"], labels: Bool[Tensor, "row label"], split: Halves) -> Best:
    """`best_latents` by AUROC where every label has one latent, that of its own place: nothing to choose but the
    threshold. Silent latents are measured like any other. Warns and raises as `best_latents` does."""
    require(latents, labels)
    parts, undefined = _parts(labels, split)
    latent = torch.arange(latents.shape[1], device=latents.device)
    selected = pair_areas(latents[split.selecting], parts[0])
    return _report(latents, latent, selected, None, parts, split, undefined)


def _apart(split: Halves, groups: Integer[Tensor, " row"]) -> Halves:
    if shared := set(groups[split.selecting].tolist()) & set(groups[split.reporting].tolist()):
        raise ShapeError(f"group {min(shared)} is in both halves: what is chosen on some of its rows flatters the rest")
    return split


def _parts(labels: Bool[Tensor, "row label"], split: Halves) -> tuple[list[Tensor], Bool[Tensor, " label"]]:
    """The labels of either half, and which of them have one class only in one of the halves: said once."""
    if not all(map(len, split)):
        raise ShapeError("need rows to select on and rows to report on: one of the halves has none")
    parts = [labels[rows] for rows in split]
    undefined = constant(parts[0]) | constant(parts[1])
    if undefined.any():
        said = f"{int(undefined.sum())} of {labels.shape[1]} labels have one class only in one of the halves: no match"
        warnings.warn(said, MatchWarning, 3)
    return parts, undefined


def _select_and_report(
    latents: Tensor, parts: list[Tensor], split: Halves, undefined: Bool[Tensor, " label"], by: str
) -> Best:
    selecting, chosen_labels = latents.index_select(0, split.selecting), parts[0]
    live = torch.cat([(chunk != 0).any(1) for _, chunk in chunks(selecting)])
    if not live.any():
        raise ShapeError("no latent fires on any row of the selecting half")
    table = sweep(selecting, chosen_labels) if by == "f1" else None
    scores = areas(selecting, chosen_labels) if table is None else table.f1
    selected, latent = scores.masked_fill(~live[:, None] | scores.isnan(), -1.0).max(0)
    threshold = None if table is None else table.threshold.gather(0, latent[None])[0]
    return _report(_columns(latents, latent), latent, selected, threshold, parts, split, undefined)


def _report(
    values: Tensor, latent: Tensor, selected: Tensor, threshold: Tensor | None, parts: list[Tensor], split: Halves,
    undefined: Bool[Tensor, " label"],
) -> Best:  # fmt: skip
    """What was chosen, measured on the other half; `values` are those of the chosen latent of each label. Without a
    threshold, that of the best F1 on the selecting half is taken."""
    if threshold is None:
        threshold = pair_thresholds(values[split.selecting], parts[0])
    values, labels = values[split.reporting], parts[1]
    fires = values.double() >= threshold
    hits, called, positives = (fires & labels).sum(0), fires.sum(0).double(), labels.sum(0).double()
    area = pair_areas(values, labels)
    numbers = (threshold, selected, area, 2 * hits / (called + positives), hits / called, hits / positives)
    return Best(latent.masked_fill(undefined, -1), *(number.masked_fill(undefined, torch.nan) for number in numbers))


def _intervals(
    best: Best, latents: Tensor, labels: Tensor, groups: Tensor, split: Halves, generator: np.random.Generator,
    by: str, level: float,
) -> list[Interval]:  # fmt: skip
    values, owners = (
        _columns(latents, best.latent.clamp(min=0))[split.reporting],
        groups[split.reporting],
    )
    found = []
    for i in range(labels.shape[1]):
        if best.latent[i] < 0:
            found.append(Interval(float("nan"), float("nan"), float("nan"), len(torch.unique(owners))))
        elif by == "f1":
            fires = values[:, i].double() >= best.threshold[i]
            found.append(f1_interval(fires, labels[:, i], owners, generator, level))
        else:
            found.append(auroc_interval(values[:, i], labels[:, i], owners, level))
    return found


def _columns(latents: Tensor, chosen: Int64[Tensor, " chosen"]) -> Tensor:
    """Dense columns of some latents, which may come more than once."""
    distinct, place = torch.unique(chosen, return_inverse=True)
    found = latents.index_select(1, distinct)
    return (found.to_dense() if found.is_sparse else found)[:, place]


def _densities(latents: Tensor) -> Float64[Tensor, " latent"]:
    """Share of the rows where each latent is not 0."""
    return torch.cat([(chunk != 0).double().mean(1) for _, chunk in chunks(latents)])
