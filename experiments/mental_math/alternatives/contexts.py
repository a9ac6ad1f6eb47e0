"""Conditional means over few contexts: how many prompts does a mean need to forget what is not its own?"""

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Bool
from torch import Tensor

from experiments.mental_math.subject import Subject
from interp.ablation.keys import Keys, keyed
from interp.ablation.means import ConditionalMeans
from interp.ablation.rows import laid_out
from interp.activations.capture import capture
from interp.errors import ShapeError
from interp.models.sites import resid


def few_contexts(
    subject: Subject, depth: int, most: int, generator: np.random.Generator, batch: int
) -> ConditionalMeans:
    """The subject's means of the residual stream at `depth`, each over `most` of its contexts at random or all it has.

    Contexts are drawn for each key at each position on its own. Raises `ShapeError` for less than one context.
    """
    means, fit = subject.means, subject.fit.tokens
    site = resid(depth)
    taken = some_of_each(fit, means.keys, most, generator)
    layout, rows = laid_out(fit, keyed(means.keys, fit))
    states = capture(subject.model, fit, site, batch=batch)[site]
    counts = torch.bincount(rows[taken], minlength=len(layout.counts))
    sums = torch.zeros(len(counts), states.shape[-1], dtype=torch.float64, device=states.device)
    sums.index_add_(0, rows[taken], states[taken].double())
    table = (sums / counts[:, None]).to(means.table(site).dtype)
    return replace(means, values={site: table}, layout=layout._replace(counts=counts), floor=1)


def some_of_each(
    tokens: Tensor, keys: Keys, most: int, generator: np.random.Generator
) -> Bool[Tensor, "prompt position"]:
    """Which tokens serve as contexts: of those with the same key at the same position `most`, drawn at random."""
    if most < 1:
        raise ShapeError(f"a mean needs at least one context, not {most}")
    layout, rows = laid_out(tokens, keyed(keys, tokens))
    taken = torch.zeros_like(rows, dtype=torch.bool)
    starts = layout.counts.cumsum(0) - layout.counts
    for position in range(rows.shape[1]):
        shuffled = torch.from_numpy(generator.permutation(len(rows))).to(rows.device)
        grouped = shuffled[rows[shuffled, position].argsort(stable=True)]
        own = rows[grouped, position]
        number = torch.arange(len(rows), device=rows.device) - (starts[own] - starts[own[0]])
        taken[grouped[number < most], position] = True
    return taken


def numbers(subject: Subject) -> list[int]:
    """1, 2, 4 ... contexts, no more than the commonest operand has."""
    counts, position = subject.means.counts, subject.means.row_position
    operands = [place for place, slot in enumerate(subject.slots) if slot in subject.wording.order and place > 0]
    fullest = max(int(counts[position == place].max()) for place in operands)
    return [2**power for power in range(fullest.bit_length())]


__all__ = ["few_contexts", "numbers", "some_of_each"]
