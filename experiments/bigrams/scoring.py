"""How well a subnetwork makes bigram predictions, and what it loses on the next token itself."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from experiments.bigrams.subject import Subject
from interp.correlation import correlation, correlation_interval
from interp.stats import Interval, bootstrap
from interp.subnetworks.hidden import final_states
from interp.subnetworks.mask import Mask
from interp.subnetworks.pruned import pruned
from interp.subnetworks.targets import FromCounts
from interp.surprisals import surprisals

BATCH = 16
"""Windows at a time."""


def score(subject: Subject, mask: Mask | None) -> dict[str, Any]:
    """The model with the weights outside `mask` at zero (None: the full model) on the held-out windows, as JSON.

    - `size`, `share`: weights kept, of those that a mask may drop.
    - `r`: Pearson correlation with the bigram surprisals, with the 95 % interval over documents; tokens whose bigram
      was never seen are dropped. `r_replaced`: their surprisal replaced by the largest finite one.
    - `loss`: mean nats of the next token, with the interval over documents.
    - `cross_entropy`: mean nats of the bigram distribution under the model, over tokens with a known context.
    """
    if mask is None:
        return {"size": subject.total, "share": 1.0, **_scored(subject)}
    with pruned(subject.model, mask):
        return {"size": mask.size, "share": mask.share, **_scored(subject)}


def model_surprisals(subject: Subject, mask: Mask | None) -> Float[Tensor, "sequence predicted"]:
    """How surprising the held-out tokens are to the model under `mask`: nats."""
    if mask is None:
        return surprisals(subject.model, subject.tokens, batch=BATCH)
    with pruned(subject.model, mask):
        return surprisals(subject.model, subject.tokens, batch=BATCH)


def mean_loss(subject: Subject, found: Float[Tensor, "sequence predicted"]) -> Interval:
    """Mean of some surprisals with the interval over documents."""
    documents = subject.documents.flatten()
    sums = torch.bincount(documents, found.flatten().double())
    return bootstrap(sums.numpy(), torch.bincount(documents).numpy(), subject.rng("loss"))


def correlated(subject: Subject, found: Float[Tensor, "sequence predicted"]) -> Interval:
    """Pearson correlation of some surprisals with the bigrams', whole documents resampled for the interval.

    Tokens whose bigram or context was never seen are left out.
    """
    usable = subject.surprisals.isfinite() & found.isfinite()
    return correlation_interval(found, subject.surprisals, subject.rng("correlation"), usable, subject.documents)


def _scored(subject: Subject) -> dict[str, Any]:
    found = surprisals(subject.model, subject.tokens, batch=BATCH)
    # Where the context was never seen there is nothing to replace an infinity in.
    both = correlation(found, subject.surprisals, ~subject.surprisals.isnan())
    return {
        "r": correlated(subject, found), "r_replaced": both.replaced, "dropped": both.infinite,
        "loss": mean_loss(subject, found), "cross_entropy": _cross_entropy(subject),
    }  # fmt: skip


@torch.no_grad()
def _cross_entropy(subject: Subject) -> float:
    target = FromCounts(subject.conditional, where=subject.known, name="known contexts").prepare(subject.model)
    total, count = 0.0, 0
    for tokens in torch.split(subject.tokens.to(subject.model.device), BATCH):
        counted = int(subject.known(tokens).sum())
        total += counted * float(target.loss(final_states(subject.model, tokens), tokens))
        count += counted
    return total / count


__all__ = ["BATCH", "correlated", "mean_loss", "model_surprisals", "score"]
