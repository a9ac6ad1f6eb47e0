"""Who is measured on what: models, dictionaries, probes, and two halves of games that nobody was fitted to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from experiments.othello.dictionaries.kinds import RANDOM
from experiments.othello.dictionaries.settings import Settings
from experiments.othello.positions import Positions
from experiments.othello.rules import Rules
from interp.activations.capture import capture
from interp.models.model import Model
from interp.models.sites import Site, resid
from probes import LogisticProbe


@dataclass(frozen=True, eq=False)
class Subjects:
    """Everything that a measurement may ask for. Games to train on, to select on and to report on are all different."""

    settings: Settings
    model: Model
    """Trained."""
    random: Model
    """The same architecture with random weights."""
    rules: Rules
    """Of the board that the model plays on."""
    select: Positions
    """Whatever is chosen (a latent, a threshold, a depth) is chosen on these."""
    report: Positions
    """And measured on these. Never choose here."""
    dictionaries: Mapping[str, Sequence[Any]]
    """By name of the set (`kinds.SETS`) and depth."""
    compared: Mapping[str, Any]
    """Widths and kinds at `sweep_depth`, by "kind width sparsity"; empty where they were not asked for."""
    probes: Sequence[LogisticProbe]
    """Of mine/theirs/empty, a target for each square, by depth of the trained model; fitted to other games."""
    seed: int
    """Of the run."""
    cache: dict[Any, Tensor] = field(default_factory=dict)
    """Activations and latents that were asked for before."""

    @property
    def depths(self) -> range:
        """0, the embeddings, to the number of blocks."""
        return range(self.model.depth + 1)

    @property
    def sweep_depth(self) -> int:
        """The depth at which widths and kinds are compared: two thirds of the way."""
        return round(2 * self.model.depth / 3)

    def rng(self, purpose: str) -> np.random.Generator:
        """A random stream of its own for every purpose, so that one measurement does not change another."""
        words = np.frombuffer(sha256(purpose.encode()).digest()[:16], dtype=np.uint32)
        return np.random.default_rng([self.seed, *words.tolist()])

    def owner(self, name: str) -> Model:
        """The model that a set of dictionaries belongs to."""
        return self.random if name == RANDOM else self.model

    def activations(self, model: Model, site: Site, positions: Positions) -> Float[Tensor, "row width"]:
        """What passes at a site, a row for each position. The residual stream is kept, other sites are not."""
        key = (model.name, id(model), site, id(positions))
        if key not in self.cache:
            sites = [resid(depth) for depth in self.depths] if site.kind == "resid" else [site]
            found = capture(model, positions.sample.seen, sites, batch=self.settings.batch, device="cpu")
            rows = {one: positions.rows(found[one]).float() for one in sites}
            if site not in rows or site.kind != "resid":
                return rows[site]
            self.cache.update({(*key[:2], one, key[3]): values for one, values in rows.items()})
        return self.cache[key]

    @torch.no_grad()
    def latents(self, name: str, depth: int, positions: Positions) -> Float[Tensor, "row latent"]:
        """The latents of a dictionary of a set at these positions, dense (silent ones are 0).

        Finding them takes far longer than writing them out, and few are not 0: those are kept.
        """
        key, width = (name, depth, id(positions)), len(self.dictionaries[name][depth].W_dec)
        if key not in self.cache:
            found = encode(self.dictionaries[name][depth], self.activations(self.owner(name), resid(depth), positions))
            places = found.view(-1).nonzero()[:, 0]
            self.cache[key], self.cache[(*key, "values")] = places, found.view(-1)[places]
        latents = torch.zeros(len(positions) * width)
        return latents.index_copy_(0, self.cache[key], self.cache[(*key, "values")]).view(-1, width)


@torch.no_grad()
def encode(dictionary: Any, rows: Float[Tensor, "row width"]) -> Float[Tensor, "row latent"]:
    """Latents of rows, some thousands at a time."""
    return torch.cat([dictionary.encode(chunk) for chunk in torch.split(rows, 8192)])


__all__ = ["Subjects", "encode"]
