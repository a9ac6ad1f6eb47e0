"""How many latents equal numbers of occurrences reach, by class of token; and what other choices of tokens change."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Int64

from experiments.function_tokens.graph.looking import Look, expected
from experiments.function_tokens.graph.settings import Settings
from experiments.function_tokens.graph.tokens import choices
from experiments.function_tokens.subject import Subject
from interp.errors import ShapeError
from interp.stats import Interval
from interp.token_graph.independence import reached
from interp.token_graph.nulls import graph as graph_of
from interp.token_graph.rarefaction import by_class, difference, rarefied
from interp.token_graph.reach import reach

Masks = Mapping[str, Bool[np.ndarray, " token"]]


def classes(subject: Subject) -> dict[str, Bool[np.ndarray, " token"]]:
    """Function and content tokens; of the former those without a letter or digit, of the latter words' beginnings."""
    function, initial = subject.function.mask.numpy(), subject.word_initial.numpy()
    marks = np.array([piece is not None and not any(map(str.isalnum, piece)) for piece in subject.pieces])
    return {
        "function": function, "content": ~function, "function, marks": function & marks,
        "function, words": function & ~marks, "content, begins a word": ~function & initial,
        "content, other": ~function & ~initial,
    }  # fmt: skip


def by_classes(subject: Subject, one: Look, settings: Settings) -> dict[str, Any]:
    """Latents at equal occurrences: as they come in the text, and one occurrence a document.

    A content token comes in bursts, in a few documents about one thing, and would reach few latents for that alone.
    """
    rng = subject.rng("rarefaction")
    once = one._replace(occurrences=one.occurrences.once_a_document(rng))
    once = once._replace(graph=graph_of(once.occurrences))
    return {
        "as they come": _curves(subject, one, settings.sizes, rng),
        "once a document": _curves(subject, once, settings.sizes, rng),
    }


def _curves(subject: Subject, one: Look, wanted: Sequence[int], rng: np.random.Generator) -> dict[str, Any] | None:
    """Curves of the classes that have tokens frequent enough; None where function or content has none."""
    masks = classes(subject)
    at = np.array([size for size in wanted if _enough(one, masks, size)], np.int64)
    if not len(at):
        return None
    values = rarefied(one.graph, at, one.occurrences.token_counts)
    kept = {name: mask for name, mask in masks.items() if not np.isnan(values[mask]).any(1).all()}
    total = len(one.occurrences)
    return {
        "sizes": at.tolist(),
        "classes": by_class(values, kept, rng),
        "difference": difference(values, masks["function"], masks["content"], rng),
        "any": reached(one.occurrences.latent_counts, at, total).tolist(),
    }


def _enough(one: Look, masks: Masks, size: int) -> bool:
    """Whether both classes have two tokens that occur so often."""
    counts = one.occurrences.token_counts
    return all(int((counts[masks[name]] >= size).sum()) >= 2 for name in ("function", "content"))


def sensitivity(subject: Subject, one: Look, settings: Settings) -> list[dict[str, Any]]:
    """What other choices of function tokens change: coverage against chance, and the difference at rarefaction."""
    rng = subject.rng("sensitivity")
    counts = one.occurrences.token_counts
    at = np.array(settings.sizes[-1:])
    while at[0] > 1 and not _enough(one, classes(subject), int(at[0])):
        at = at // 2
    values = rarefied(one.graph, at, counts)
    return [
        {
            "name": name, "size": len(chosen), "coverage": _covers(one, chosen.ids.numpy()),
            "null": float(expected(one.occurrences, chosen.ids.numpy())[-1]), "occurrences": int(at[0]),
            "difference": _difference(values, chosen.mask.numpy(), rng),
        }
        for name, chosen in choices(subject, settings.shares).items()
    ]  # fmt: skip


def _covers(one: Look, tokens: Int64[np.ndarray, " some"]) -> float:
    return float(reach(one.occurrences, tokens)[-1] / one.occurrences.alive.sum())


def _difference(
    values: Float64[np.ndarray, "token size"], mask: Bool[np.ndarray, " token"], rng: np.random.Generator
) -> Interval | None:
    try:
        return difference(values, mask, ~mask, rng)[-1]
    except ShapeError:  # no token of one side is frequent enough
        return None


__all__ = ["by_classes", "classes", "sensitivity"]
