"""What the dictionaries of a model are worth on fresh text, depth by depth."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from experiments.language.dictionaries.training import sites
from interp.activations.capture import capture
from interp.dictionaries.evaluation import evaluate
from interp.dictionaries.metrics.recovered import recovered
from interp.models.model import Model
from interp.models.sites import Site
from interp.sequences import Sequences


def fresh_rows(model: Model, fresh: Sequences) -> dict[Site, Float[Tensor, "row width"]]:
    """Activations of every depth at the positions that count, row by row."""
    found = capture(model, fresh.tokens.long(), sites(model), batch=32, device="cpu")
    return {site: found[site][fresh.kept].float() for site in sites(model)}


def by_depth(
    model: Model,
    made: Mapping[str, Any],
    rows: Mapping[Site, Float[Tensor, "row width"]],
    documents: Int64[Tensor, " row"],
    rng: np.random.Generator,
) -> dict[str, list[Any]]:
    """Explained variance and L0 with intervals over documents, dead share and shrinkage, at every depth."""
    found = [
        evaluate(made[str(depth)], rows[site], documents=documents, generator=rng)
        for depth, site in enumerate(sites(model))
    ]
    return {
        "explained": [one.explained_variance_interval for one in found],
        "l0": [one.l0_interval for one in found],
        "dead": [one.dead_share for one in found],
        "shrinkage": [one.shrinkage for one in found],
        "fired": [one.fired.tolist() for one in found],
        "rows": [one.rows for one in found],
    }


def losses(model: Model, made: Mapping[str, Any], fresh: Sequences) -> list[dict[str, Any]]:
    """Cross-entropy with the reconstruction in place of the residual stream, at every depth."""
    return [recovered(model, fresh, site, made[str(depth)]).to_json() for depth, site in enumerate(sites(model))]


class Untrained:
    """The control of a dictionary: its own latents with random directions, k active, and the bias and scale of it."""

    def __init__(self, dictionary: Any, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        directions = torch.randn(dictionary.W_dec.shape, generator=generator)
        self.W_dec = torch.nn.functional.normalize(directions, dim=1)
        self.centre, self.k = dictionary.b_dec.detach(), dictionary.cfg.k

    def encode(self, x: Tensor) -> Tensor:
        """The k largest projections, negative ones set to zero."""
        pre = (x - self.centre) @ self.W_dec.T
        values, places = pre.topk(self.k)
        return torch.zeros_like(pre).scatter_(1, places, values.relu())

    def decode(self, latents: Tensor) -> Tensor:
        """Back along the same directions."""
        back: Tensor = latents @ self.W_dec + self.centre
        return back


__all__ = ["Untrained", "by_depth", "fresh_rows", "losses"]
