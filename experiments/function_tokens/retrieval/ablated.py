"""Mean ablation of function tokens against content tokens at every depth, as plain JSON."""

from typing import Any

import torch
from jaxtyping import Int64
from torch import Tensor

from experiments.function_tokens.retrieval.following import CONTENT, FUNCTION
from experiments.function_tokens.retrieval.settings import Settings
from experiments.function_tokens.subject import Subject
from experiments.language.dictionaries.reading import some
from interp.errors import InterpError
from interp.models.sites import resid
from interp.records import Run
from interp.retrieval.ablating import ablation, means
from interp.retrieval.pairs import matched_pairs
from interp.sequences import Sequences
from interp.surprisals import surprisals

ALL, OWN = "mean of all", "mean of the token"
"""What takes the place of a state: the token is lost, too, or only its context."""


def ablated(subject: Subject, settings: Settings, this: Run) -> dict[str, Any]:
    """What later tokens lose, and the ablated places themselves, at every depth that later blocks read.

    Raises `InterpError` for depths that none reads, and as `matched_pairs` does.
    """
    depths = _depths(subject, settings)
    text = some(subject.held_out, settings.ablated)
    seen = some(subject.windows, settings.mean_of)
    known = _counts(seen, subject.vocabulary) >= settings.fewest
    pairs = matched_pairs(
        text, subject.function.mask & known, subject.function.content.mask & known, subject.rng("pairs"),
        share=settings.pairs, reach=settings.reach,
    )  # fmt: skip
    model, batch = subject.model, settings.batch_windows
    plain = surprisals(model, text.tokens, batch=batch)
    by_depth = []
    for depth in depths:
        this.say(f"{pairs.size:,} pairs of places put to the mean at depth {depth}")
        mean = means(model, resid(depth), seen, fewest=settings.fewest, batch=batch)
        told: dict[str, Any] = {"depth": depth}
        for name, instead in ((ALL, mean.flat), (OWN, mean)):
            rng = subject.rng(f"ablated {depth} {name}")
            found = ablation(model, resid(depth), text, pairs, instead, plain=plain, batch=batch)
            told[name] = {
                **{arm: list(found.change(number, rng)) for number, arm in enumerate((FUNCTION, CONTENT))},
                "difference": list(found.difference(rng)),
                "own": {arm: list(found.at_places(number, rng)) for number, arm in enumerate((FUNCTION, CONTENT))},
                "moved": dict(zip((FUNCTION, CONTENT), found.moved, strict=True)),
            }
        by_depth.append(told)
    loss = float(found.loss.sum() / found.later_count.sum())
    return {"pairs": pairs.size, "offset": pairs.offset, "windows": len(text), "loss": loss, "depths": by_depth}


def _counts(seen: Sequences, vocabulary: int) -> Int64[Tensor, " token"]:
    """How often each token occurs where means are taken: a rare one has none of its own, and would lose more."""
    kept = seen.kept.clone()
    kept[:, 0] = False
    return torch.bincount(seen.tokens[kept].long(), minlength=vocabulary)


def _depths(subject: Subject, settings: Settings) -> list[int]:
    """Those asked for, and else all that a block reads. Raises `InterpError` for others."""
    blocks = subject.model.depth
    depths = list(range(blocks)) if settings.depths is None else sorted(set(settings.depths))
    if not depths or depths[0] < 0 or depths[-1] >= blocks:
        raise InterpError(f"later blocks of {subject.model.name} read depths 0 to {blocks - 1}, not {depths}")
    return depths


__all__ = ["ALL", "OWN", "ablated"]
