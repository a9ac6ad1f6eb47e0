"""What a model writes without subnetworks."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from jaxtyping import Int64, Integer
from torch import Tensor

from experiments.bigrams.necessity.panels import NAMES
from experiments.bigrams.necessity.settings import Settings
from experiments.bigrams.subject import Subject
from interp.errors import InterpError
from interp.generation import generate, repetition
from interp.subnetworks.mask import Mask
from interp.subnetworks.pruned import ablated, pruned

SHOWN = 3
"""Prompts whose continuations are kept as text."""


def writing(subject: Subject, masks: Mapping[str, Sequence[Mask]], settings: Settings, seed: int) -> dict[str, Any]:
    """How much the commonest token takes of continuations, by kind and mask, and some of the texts.

    All weights that are gone are 0. The prompts begin held-out windows, and the same chances are drawn for all.
    """
    model, length = subject.model, settings.prompt + settings.written
    windows = subject.tokens[_spread(len(subject.tokens), settings.prompts)]
    prompts = windows[:, : settings.prompt]

    def written(changed: AbstractContextManager[None]) -> Int64[Tensor, "prompt written"]:
        generator = torch.Generator().manual_seed(seed)
        with changed:
            return generate(model, prompts, settings.written, generator, settings.temperature)

    full = written(nullcontext())
    without = {kind: [written(ablated(model, mask)) for mask in those] for kind, those in masks.items()}
    alone = [written(pruned(model, mask)) for mask in masks["bigram"]]
    shown = {
        "the text itself": windows[:, settings.prompt : length],
        "full model": full,
        **{f"without {NAMES[kind]}": those[0] for kind, those in without.items()},
        f"{NAMES['bigram']} alone": alone[0],
    }
    return {
        "full": top_share(full),
        "text": top_share(windows[:, settings.prompt : length]),
        "kinds": {kind: [top_share(one) for one in those] for kind, those in without.items()},
        "alone": [top_share(one) for one in alone],
        "written": _texts(subject, prompts, shown),
    }


def require_room(settings: Settings) -> None:
    """Raise `InterpError` when a prompt and its continuation are longer than a window."""
    length = settings.prompt + settings.written
    if length > settings.context:
        raise InterpError(
            f"a prompt and its continuation take {length} tokens, and windows have {settings.context}: lower --prompt "
            "or --written, or raise --context"
        )


def top_share(texts: Integer[Tensor, "text token"]) -> float:
    """The share of a text that its commonest token takes, on average."""
    return repetition(texts).top_share


def _texts(
    subject: Subject, prompts: Integer[Tensor, "prompt token"], by: Mapping[str, Integer[Tensor, "prompt written"]]
) -> list[dict[str, Any]]:
    """Of some prompts, evenly spread: the prompt, and what comes after it by each."""
    decode = subject.model.tokenizer.decode
    return [
        {"prompt": decode(prompts[number]), "by": {name: decode(texts[number]) for name, texts in by.items()}}
        for number in _spread(len(prompts), SHOWN).tolist()
    ]


def _spread(length: int, count: int) -> Int64[Tensor, " chosen"]:
    """At most `count` of `length` places, from all over."""
    return torch.linspace(0, length - 1, min(count, length)).long()


__all__ = ["SHOWN", "require_room", "top_share", "writing"]
