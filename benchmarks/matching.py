"""Every latent of a dictionary against every class of a board: AUROC, best F1 and precision of all pairs."""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from benchmarks.options import Options
from benchmarks.tables import Table, at_least, at_most
from benchmarks.timing import Contestant, interleaved, rows, stopwatch
from interp.matching import auroc, best_f1, counts

ROWS, LATENTS, TARGETS, CLASSES = 104_000, 1_024, 64, 3
LABELS = TARGETS * CLASSES
DENSITY = 0.03
"""Share of the rows where a latent fires."""
SAMPLED, SORTED = 24, 2
"""Pairs that scikit-learn is timed on, and latents that the vectorised reference is timed on: all would take hours."""
ROUNDS = 3
"""Rounds at most."""
SECONDS = 60
OURS = f"interp, {LATENTS:,} latents x {LABELS} labels"
SPARSE = f"interp, the same from sparse codes, {LATENTS:,} x {LABELS}"
PLAIN = f"sort all rows, cumulate all labels, {SORTED} latents x {LABELS} (so scaled to all)"
PEER = f"scikit-learn, {SAMPLED} pairs (so scaled to all)"


class Found(NamedTuple):
    """What is asked of every pair, by [latent, label]."""

    auroc: Float64[Tensor, "latent label"]
    """The area under the ROC curve."""
    f1: Float64[Tensor, "latent label"]
    """The best F1 over all thresholds."""
    precision: Float64[Tensor, "latent label"]
    """Of the rows where the latent fires."""


def tables(options: Options) -> list[Table]:
    """One table: all pairs by interp, some of them by others."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    latents, labels = _made(options.seed)
    packed: Tensor = latents.to_sparse_coo()  # type: ignore[no-untyped-call]
    # Pairs of a latent and a label that it has to do with, from all over the board.
    sample = [(latent, latent % LABELS) for latent in range(0, LATENTS, LATENTS // SAMPLED)][:SAMPLED]
    contestants = [
        Contestant(OURS, lambda: _ours(latents, labels), LATENTS * LABELS),
        Contestant(SPARSE, lambda: _ours(packed, labels), LATENTS * LABELS),
        Contestant(PLAIN, lambda: [_plain(latents[:, latent], labels) for latent in range(SORTED)], SORTED * LABELS),
        Contestant(PEER, lambda: [_peer(latents[:, i].numpy(), labels[:, j].numpy()) for i, j in sample], SAMPLED),
    ]
    with threadpool_limits(options.threads):
        rounds, warmup = min(options.repetitions, ROUNDS), min(options.warmup, 1)
        seconds = interleaved(contestants, rounds, warmup=warmup, seed=options.seed, measure=stopwatch())
        found = _ours(latents, labels)
        theirs = [((i, j), _peer(latents[:, i].numpy(), labels[:, j].numpy())) for i, j in sample]
        plain = [_plain(latents[:, latent], labels) for latent in range(SORTED)]
    setting = f"{ROWS:,} rows, {DENSITY:.0%} of them firing, {options.threads} thread(s)"
    table = Table("AUROC, best F1 and precision of all pairs", setting, "pairs", OURS, rows(contestants, seconds, OURS))
    table.bars.append(at_most(f"seconds for all pairs, at most {SECONDS}", table.row(OURS).seconds.median, SECONDS))
    table.bars.append(
        at_least("scikit-learn takes at least 100 times as long a pair", table.row(PEER).pairs.median, 100)
    )
    table.bars.append(at_least("sorting all rows takes at least 5 times as long", table.row(PLAIN).pairs.median, 5))
    away = [abs(ours[pair].item() - value) for pair, three in theirs for ours, value in zip(found, three, strict=True)]
    beside = [
        (ours[:SORTED] - torch.stack(part)).abs().max()
        for ours, part in zip(found, zip(*plain, strict=True), strict=True)
    ]
    table.bars.append(
        at_most(f"largest difference from scikit-learn on {SAMPLED} pairs, at most 1e-9", max(away), 1e-9)
    )
    said = f"largest difference from the reference on {SORTED * LABELS} pairs, at most 1e-9"
    table.bars.append(at_most(said, float(max(beside)), 1e-9))
    return [table]


def _ours(latents: Float[Tensor, "row latent"], labels: Bool[Tensor, "row label"]) -> Found:
    return Found(auroc(latents, labels), best_f1(latents, labels).f1, counts(latents, labels).precision)


def _plain(values: Float[Tensor, " row"], labels: Bool[Tensor, "row label"]) -> tuple[Tensor, Tensor, Tensor]:
    """One latent against all labels from the counts at every row of its sorted values: vectorised, but not sparse."""
    values, order = values.sort(descending=True)
    hits = labels[order].double().cumsum(0)
    last = torch.cat([values[1:] != values[:-1], torch.ones(1, dtype=torch.bool)])
    hits, called = hits[last], torch.arange(1.0, len(values) + 1, dtype=torch.float64)[last][:, None]
    misses, total = called - hits, hits[-1]
    f1 = (2 * hits / (called + total)).amax(0)
    steps = torch.diff(misses, dim=0, prepend=torch.zeros_like(misses[:1]))
    middle = hits - torch.diff(hits, dim=0, prepend=torch.zeros_like(hits[:1])) / 2
    firing = int((values > 0).sum())
    precision = labels[order[:firing]].double().mean(0)
    return (steps * middle).sum(0) / (total * misses[-1]), f1, precision


def _peer(values: Float[np.ndarray, " row"], label: Bool[np.ndarray, " row"]) -> tuple[float, float, float]:
    from sklearn.metrics import precision_recall_curve, precision_score, roc_auc_score

    precision, recall, _ = precision_recall_curve(label, values)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-300)
    return float(roc_auc_score(label, values)), float(f1.max()), float(precision_score(label, values > 0))


def _made(seed: int) -> tuple[Float[Tensor, "row latent"], Bool[Tensor, "row label"]]:
    """A board of independent squares, one column a class, and latents that favour one class each, more or less."""
    generator = torch.Generator().manual_seed(seed)
    board = torch.multinomial(torch.tensor([0.4, 0.3, 0.3]), ROWS * TARGETS, replacement=True, generator=generator)
    labels = torch.nn.functional.one_hot(board.view(ROWS, TARGETS), CLASSES).flatten(1).bool()
    latents = torch.randn(ROWS, LATENTS, generator=generator)
    strength = torch.linspace(0, 3, LATENTS)
    for latent in range(LATENTS):
        values = latents[:, latent] + strength[latent] * labels[:, latent % LABELS]
        quantile = values.kthvalue(round((1 - DENSITY) * ROWS)).values
        latents[:, latent] = (values - quantile).clamp(min=0)
    return latents, labels
