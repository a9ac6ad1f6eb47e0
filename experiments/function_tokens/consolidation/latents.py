"""Dictionaries of checkpoints: what they keep, how many of their latents fire, and how the degrees of tokens fall."""

from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

from experiments.function_tokens.consolidation.settings import Settings
from experiments.function_tokens.consolidation.steepness import Degrees, steepness
from experiments.function_tokens.dictionaries import Wanted, trained
from experiments.function_tokens.subject import Subject
from experiments.language.checkpoints import Series
from experiments.language.dictionaries.reading import some
from interp.activations.capture import capture
from interp.dictionaries.architectures import TopK
from interp.dictionaries.evaluation import evaluate
from interp.dictionaries.metrics.recovered import recovered
from interp.errors import ShapeError
from interp.models.model import Model
from interp.models.sites import resid
from interp.records import Run
from interp.sequences import Sequences
from interp.token_graph import GraphBuilder
from interp.token_graph.encoding import fired
from interp.token_graph.events import counts
from interp.token_graph.independence import expected_degrees

OFTEN = 10
"""Firings from which on a latent surely is in use."""


class Rows(NamedTuple):
    """The same occurrences for every dictionary of a checkpoint."""

    states: Float[Tensor, "row width"]
    """What the dictionaries read."""
    tokens: Int64[Tensor, " row"]
    """The token of each."""


class Looked(NamedTuple):
    """What was seen of one dictionary."""

    told: dict[str, Any]
    """Its sparsity, seed, quality, and latents that fire, as plain JSON."""
    real: Float64[np.ndarray, " token"]
    """How many latents each token reaches."""
    null: Float64[np.ndarray, " token"]
    """How many it would reach for its occurrences alone."""


def along(subject: Subject, series: Series, settings: Settings, this: Run) -> list[dict[str, Any]]:
    """Every dictionary of every checkpoint, as plain JSON: trained on equal rows, counted on the same ones.

    They read the residual stream after the last block, as the paper's do.
    """
    found: list[Looked] = []
    for step in settings.at:
        model = subject.of(series.load(step, this.device, this.dtype)).model
        wanted = {
            f"{k}/{twin}": Wanted(resid(model.depth), TopK(settings.width, k=k), twin)
            for k in settings.ks
            for twin in range(settings.seeds)
        }
        made = trained(
            subject, model, wanted, rows=settings.rows, batch=settings.batch, seed=subject.seed, this=this
        )  # fmt: skip
        this.say(f"judging {len(made)} dictionaries of step {step:,}")
        rows = rows_of(model, some(subject.held_out, settings.judged), settings.counted)
        spliced = some(subject.held_out, settings.spliced)
        for name, dictionary in made.items():
            k, twin = (int(part) for part in name.split("/"))
            facts = {"step": step, "k": k, "seed": twin, "recovered": _recovered(model, spliced, dictionary)}
            found.append(look(dictionary, rows, subject.vocabulary, facts))
    slopes = steepness([Degrees(one.real, one.null) for one in found], subject.rng("slopes"))
    return [{**one.told, **slope} for one, slope in zip(found, slopes, strict=True)]


def rows_of(model: Model, windows: Sequences, count: int) -> Rows:
    """The first `count` occurrences that count, without the first of each window. Raises `ShapeError` for fewer."""
    where = counts(windows)
    if (there := int(where.sum())) < count:
        raise ShapeError(
            f"latents are to be counted on {count:,} rows, but {len(windows)} held-out windows have {there:,}: "
            "raise `judged` and `held_out`, or lower `counted`"
        )
    last = resid(model.depth)
    states = capture(model, windows.tokens.long(), last, batch=32, device="cpu")[last]
    return Rows(states[where][:count].float(), windows.tokens[where][:count].long())


def look(dictionary: Any, rows: Rows, vocabulary: int, facts: dict[str, Any]) -> Looked:
    """Quality, latents that fire, and degrees of tokens with those that occurrences alone would give."""
    dictionary = dictionary.to("cpu")
    found = evaluate(dictionary, rows.states)
    width, tokens = len(found.fired), rows.tokens.numpy()
    graph = GraphBuilder(vocabulary, width)
    for places, latents in fired(dictionary, rows.states[None], torch.ones(1, len(tokens), dtype=torch.bool)):
        graph.add(tokens[places.numpy()], latents.numpy())
    expected = expected_degrees(found.fired.numpy(), np.bincount(tokens, minlength=vocabulary))
    once, often = (int((found.fired >= least).sum()) for least in (1, OFTEN))
    told = {
        **facts, "explained": found.explained_variance, "l0": found.l0, "width": width, "rows": found.rows,
        "once": once, "often": often,
    }  # fmt: skip
    return Looked(told, graph.graph().degrees.astype(np.float64), expected)


def _recovered(model: Model, windows: Sequences, dictionary: Any) -> float | None:
    """Cross-entropy recovered; None where even the mean in place of all activations costs nothing: before training."""
    try:
        return recovered(model, windows, resid(model.depth), dictionary).recovered
    except ShapeError:
        return None


__all__ = ["OFTEN", "Looked", "Rows", "along", "look", "rows_of"]
