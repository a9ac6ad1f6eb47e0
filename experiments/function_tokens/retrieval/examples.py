"""Passages with their reactivated latents, as plain JSON."""

from typing import Any

import torch

from experiments.function_tokens.retrieval.latents import Latents
from experiments.function_tokens.retrieval.settings import Settings
from interp.retrieval.drawn import drawn
from interp.sequences import Sequences


def examples(one: Latents, settings: Settings) -> list[dict[str, Any]]:
    """Random windows, each cut to its first tokens; of each, the latents that come back most surprisingly."""
    subject, held = one.subject, one.subject.held_out
    length = min(settings.shown + 1, held.tokens.shape[1])  # the first token is not drawn
    cut = Sequences(
        held.tokens[:, :length], held.documents[:, :length], held.places[:, :length], held.kept[:, :length],
        held.source,
    )  # fmt: skip
    whole = (cut.kept[:, 1:].all(1) & (cut.documents == cut.documents[:, :1]).all(1)).nonzero()[:, 0]
    if not len(whole):
        whole = cut.kept[:, 1:].any(1).nonzero()[:, 0]
    order = torch.randperm(len(whole), generator=subject.generator("passages"))[: settings.passages]
    density = one.occurrences.latent_counts / len(one.occurrences)
    origins = subject.function.content.mask.numpy()
    told = []
    for sequence in whole[order].tolist():
        found = drawn(
            subject.model, one.dictionary, one.site, cut, sequence, density, origins, trust=bool(settings.release)
        )  # fmt: skip
        told.append(
            {
                "sequence": sequence, "pieces": [subject.name(token) for token in found.tokens],
                "function": subject.function.mask[list(found.tokens)].tolist(),
                "latents": [traced._asdict() for traced in found.latents],
            }
        )  # fmt: skip
    return told


__all__ = ["examples"]
