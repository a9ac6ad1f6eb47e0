"""Mean ablation of function tokens against content tokens at every depth, as plain JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
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
from interp.retrieval.ablating import Ablation, ablation, means
from interp.retrieval.pairs import matched_pairs
from interp.sequences import Sequences
from interp.surprisals import surprisals

ALL, OWN = "mean of all", "mean of the token"
"""What takes the place of a state: the token is lost, too, or only its context."""
TOGETHER = "after the embeddings"
"""The mean over the depths behind the first block: before it a state is no more than its token."""


def ablated(subject: Subject, settings: Settings, this: Run) -> dict[str, Any]:
    """What later tokens lose, and the ablated places themselves, at every depth that later blocks read, and over them.

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
    found: dict[str, list[Ablation]] = {ALL: [], OWN: []}
    for depth in depths:
        this.say(f"{pairs.size:,} pairs of places put to the mean at depth {depth}")
        mean = means(model, resid(depth), seen, fewest=settings.fewest, batch=batch)
        for name, instead in ((ALL, mean.flat), (OWN, mean)):
            found[name].append(ablation(model, resid(depth), text, pairs, instead, plain=plain, batch=batch))
    loss = float(found[ALL][0].loss.sum() / found[ALL][0].later_count.sum())
    return {
        "pairs": pairs.size, "offset": pairs.offset, "windows": len(text), "loss": loss,
        "depths": [
            {"depth": depth, **_told_of(subject, str(depth), {name: [one[place]] for name, one in found.items()})}
            for place, depth in enumerate(depths)
        ],
        TOGETHER: _together(subject, depths, found),
    }  # fmt: skip


def _together(subject: Subject, depths: Sequence[int], found: Mapping[str, Sequence[Ablation]]) -> dict[str, Any]:
    behind = [place for place, depth in enumerate(depths) if depth] or [0]  # depth 0 only if it is all there is
    chosen = {name: [every[place] for place in behind] for name, every in found.items()}
    return {"depths": [depths[place] for place in behind], **_told_of(subject, TOGETHER, chosen)}


def _told_of(subject: Subject, where: str, found: Mapping[str, Sequence[Ablation]]) -> dict[str, Any]:
    """Whatever takes the place of a state, each with randomness of its own."""
    return {name: told(mean_of(every), subject.rng(f"ablated {where} {name}")) for name, every in found.items()}


def told(found: Ablation, rng: np.random.Generator) -> dict[str, Any]:
    """What later tokens lose by either class, by how much more, and what the places themselves lose."""
    return {
        **{arm: list(found.change(number, rng)) for number, arm in enumerate((FUNCTION, CONTENT))},
        "difference": list(found.difference(rng)),
        "own": {arm: list(found.at_places(number, rng)) for number, arm in enumerate((FUNCTION, CONTENT))},
        "moved": dict(zip((FUNCTION, CONTENT), found.moved, strict=True)),
    }


def mean_of(found: Sequence[Ablation]) -> Ablation:
    """The mean over depths, of the same pairs and text: whoever draws its documents draws them at all depths."""
    return replace(
        found[0],
        later=np.mean([one.later for one in found], 0),
        own=np.mean([one.own for one in found], 0),
        moved=(float(np.mean([one.moved[0] for one in found])), float(np.mean([one.moved[1] for one in found]))),
    )


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


__all__ = ["ALL", "OWN", "TOGETHER", "ablated", "mean_of", "told"]
