"""Whose latents are asked: dictionaries, probes read as dictionaries, and the neurons of both models."""

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from experiments.othello.dictionaries.subjects import Subjects
from experiments.othello.labels import Owner
from interp.activations.capture import capture
from interp.models.model import Model
from interp.models.sites import mlp_post, resid

PROBE, NEURONS, RANDOM_NEURONS = "probe", "neurons", "neurons, random weights"
"""Sets that are no dictionaries."""

Pair = tuple[Float[Tensor, "row latent"], Float[Tensor, "other latent"]]
"""The same latents on the rows to select on and on those to report on."""


def dictionary(who: Subjects, name: str) -> Iterator[tuple[int, Pair]]:
    """By depth, the latents of a set."""
    for depth in who.depths:
        yield depth, (who.latents(name, depth, who.select), who.latents(name, depth, who.report))


def probe(who: Subjects) -> Iterator[tuple[int, Pair]]:
    """By depth, the probabilities that a square is mine, and that it is theirs: two latents for every square.

    They are thresholded like any latents, at shares of their maximum (nearly 1), so that a label is called where its
    probability is above that share.
    """
    for depth, one in enumerate(who.probes):
        found = []
        for half in (who.select, who.report):
            chance = one.predict_proba(who.activations(who.model, resid(depth), half))
            found.append(torch.cat([chance[..., Owner.MINE], chance[..., Owner.THEIRS]], 1).float())
        yield depth, (found[0], found[1])


def neurons(who: Subjects, model: Model, together: int = 3) -> Iterator[tuple[int, Pair]]:
    """From depth 1 on, the hidden units of the MLP just passed, as they are (GELU); some blocks in one pass."""
    for begin in range(0, model.depth, together):
        sites = [mlp_post(block) for block in range(begin, min(begin + together, model.depth))]
        halves = []
        for half in (who.select, who.report):
            seen = capture(model, half.sample.seen, sites, batch=who.settings.batch, device="cpu")
            halves.append([half.rows(seen[site]).float() for site in sites])
        for block, pair in enumerate(zip(*halves, strict=True), begin):
            yield block + 1, pair


__all__ = ["NEURONS", "PROBE", "RANDOM_NEURONS", "Pair", "dictionary", "neurons", "probe"]
