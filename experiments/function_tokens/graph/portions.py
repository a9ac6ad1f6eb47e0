"""Coverage in short portions of the text, in which a dictionary is not saturated: what claims are judged by."""

from typing import Any

import numpy as np

from experiments.function_tokens.graph.looking import Look, expected
from experiments.function_tokens.graph.ten import TOP
from interp.token_graph.controls import random_tokens
from interp.token_graph.nulls import coverages
from interp.token_graph.occurrences import Occurrences
from interp.token_graph.reach import reach


def portions(one: Look, count: int, draws: int, rng: np.random.Generator) -> dict[str, Any]:
    """What ten function tokens reach of the latents alive in a portion, for `count` portions of whole documents.

    In the paper a latent has about 14 events at a frequent token. With many more, any tokens reach everything; `load`
    tells how many they are here. A portion is measured as if the others had not been read. `frequency` and `null`
    (shuffled labels, in closed form) are told by portion, `shuffled` and `content` (ten random content tokens) by draw,
    as means over the portions. Fewer documents than `count` make fewer portions; those without a content token or a
    latent that fires raise `ShapeError`.
    """
    order = one.order[:TOP]
    function = np.isin(np.arange(one.occurrences.vocabulary), one.order)
    told: dict[str, list[Any]] = {name: [] for name in ("frequency", "null", "shuffled", "content", "alive", "load")}
    for part in _parted(one.occurrences, count):
        alive, counts = int(part.alive.sum()), part.token_counts
        content = [random_tokens(counts, len(order), rng, ~function) for _ in range(draws)]
        told["frequency"].append(float(reach(part, order)[-1] / alive))
        told["null"].append(float(expected(part, order)[-1]))
        told["shuffled"].append(coverages(part, order, rng, None, draws).values[:, -1])
        told["content"].append([reach(part, tokens)[-1] / alive for tokens in content])
        told["alive"].append(alive / part.width)
        told["load"].append(np.isin(part.tokens, order)[part.rows].sum() / alive / len(order))
    return {
        "frequency": told["frequency"], "null": told["null"],
        **{name: np.mean(told[name], 0).tolist() for name in ("shuffled", "content")},
        "alive share": float(np.mean(told["alive"])), "load": float(np.mean(told["load"])),
    }  # fmt: skip


def _parted(occurrences: Occurrences, count: int) -> list[Occurrences]:
    """Portions of about as many documents each, with one of the first documents in each."""
    documents = np.unique(occurrences.documents, return_inverse=True)[1]
    count = min(count, int(documents.max()) + 1)
    return [occurrences.chosen(documents % count == part) for part in range(count)]


__all__ = ["portions"]
