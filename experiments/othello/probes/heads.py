"""Do heads look at the moves of one player only? Where attention goes, by distance and by who made the move.

Nanda et al. 2023 (arXiv 2309.00941) find heads that attend only to moves at an even distance (by whoever has just
moved) or only at an odd one (by the player to move next). After a pass distance and mover differ: both are counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float64, Int64
from torch import Tensor

from experiments.othello.games import Trace
from experiments.othello.sample import Sample
from interp.activations.capture import capture
from interp.models.model import Model
from interp.models.sites import pattern
from interp.stats import Interval, bootstrap

SIDES = ("self", "even", "odd", "mine", "theirs")
"""Keys: the query's own move; then earlier ones, at even and odd distance, by who moves next and by the other."""

ONE_SIDED = 0.9
"""The share of a head's attention to earlier moves from which it counts as one-sided."""


@dataclass(frozen=True, eq=False)
class Mass:
    """Attention summed over the queries of every game. Self, even and odd add up to `queries`; so do the other three.

    Queries are counted where a move was made and where every side but self has a key.
    """

    heads: Float64[np.ndarray, "side layer head game"]
    """Of every head."""
    uniform: Float64[np.ndarray, "side game"]
    """Of a head that attends to all keys alike."""
    queries: Int64[np.ndarray, " game"]
    """How many queries were counted."""


def attention_by_parity(model: Model, sample: Sample, batch: int) -> Mass:
    """Where the attention of every head goes, `batch` games at a time; patterns are let go after each."""
    sites = [pattern(layer) for layer in range(model.depth)]
    sides, counted = _sides(sample.trace), _queries(sample.trace)
    heads, uniform = [], []
    for begin in range(0, len(sides), batch):
        keys = (sides[begin : begin + batch] & counted[begin : begin + batch, None, :, None]).double()
        acts = capture(model, sample.seen[begin : begin + batch], sites, device="cpu")
        heads.append(torch.stack([torch.einsum("ghqk,gsqk->shg", acts[site].double(), keys) for site in sites], 1))
        alike = 1 / torch.arange(1, keys.shape[-1] + 1, dtype=torch.float64)
        uniform.append(torch.einsum("gsqk,q->sg", keys, alike))
    return Mass(torch.cat(heads, -1).numpy(), torch.cat(uniform, -1).numpy(), counted.sum(1).numpy())


def measure_heads(
    model: Model, control: Model, sample: Sample, rng: np.random.Generator, *, batch: int = 50
) -> dict[str, Any]:
    """The sides that every head of `model`, and of its random-weight `control`, looks at, as plain JSON.

    `trained`, `random`: per layer and head, `self` is the share of all attention that stays on the query's own move;
    `even` (else odd distance) and `mine` (else the opponent's moves) are shares of the rest, the attention to earlier
    moves: summed over queries before they are divided, so that a query counts by what it gives to earlier moves.
    `uniform` is the same for a head that attends to all keys alike. `one_sided` lists [layer, head] with a share of at
    least 0.9 on either side, by distance and by mover; `strongest` is the share of the head that is most one-sided by
    distance, on its side (chosen by the maximum, and so is the control's). Intervals resample games.
    """
    mass = {name: attention_by_parity(one, sample, batch) for name, one in (("trained", model), ("random", control))}
    uniform, queries = mass["trained"].uniform, mass["trained"].queries
    shares = {name: _by_head(found, rng) for name, found in mass.items()}
    return {
        **shares,
        "uniform": _shares(uniform, queries, rng),
        "one_sided": {
            name: {"distance": one_sided(found["even"]), "mover": one_sided(found["mine"])}
            for name, found in shares.items()
        },
        "strongest": {name: _strongest(found["even"]) for name, found in shares.items()},
        "heads": mass["trained"].heads.shape[1] * mass["trained"].heads.shape[2],
        "queries": int(queries.sum()),
    }


def one_sided(shares: list[list[Interval]]) -> list[list[int]]:
    """[layer, head] of the heads whose share is at least 0.9 on one side or on the other."""
    rows = np.array([[interval.value for interval in layer] for layer in shares])
    return np.argwhere(np.maximum(rows, 1 - rows) >= ONE_SIDED).tolist()


def _sides(trace: Trace) -> Bool[Tensor, "game side query key"]:
    """Which keys lie on each side of a query, for what a model reads: every move but the last there can be."""
    mover, following = (torch.from_numpy(who[:, :-1]) for who in (trace.mover, trace.next_mover))
    ply = torch.arange(mover.shape[1])
    distance = ply[:, None] - ply
    mine, earlier = following[:, :, None] == mover[:, None, :], distance > 0
    fixed = torch.stack([distance == 0, earlier & (distance % 2 == 0), earlier & (distance % 2 == 1)])
    return torch.cat([fixed.expand(len(mover), -1, -1, -1), torch.stack([earlier & mine, earlier & ~mine], 1)], 1)


def _queries(trace: Trace) -> Bool[Tensor, "game query"]:
    """The positions of a game at which each player, and each parity, has an earlier move."""
    choice = _sides(trace)[:, SIDES.index("even") :].any(-1).all(1)
    return choice & torch.from_numpy(trace.played[:, :-1])


def _by_head(mass: Mass, rng: np.random.Generator) -> dict[str, list[list[Interval]]]:
    """`_shares` of every head: by name, layer and head."""
    layers = [
        [_shares(mass.heads[:, layer, head], mass.queries, rng) for head in range(mass.heads.shape[2])]
        for layer in range(mass.heads.shape[1])
    ]
    return {name: [[head[name] for head in layer] for layer in layers] for name in ("self", "even", "mine")}


def _shares(
    sides: Float64[np.ndarray, "side game"], queries: Int64[np.ndarray, " game"], rng: np.random.Generator
) -> dict[str, Interval]:
    own, even, odd, mine, theirs = sides
    return {
        "self": bootstrap(own, queries, rng),
        "even": bootstrap(even, even + odd, rng),
        "mine": bootstrap(mine, mine + theirs, rng),
    }


def _strongest(shares: list[list[Interval]]) -> Mapping[str, Any]:
    """The head that is most on one side: where it is, which side, and its share there."""
    rows = np.array([[interval.value for interval in layer] for layer in shares])
    layer, head = (int(index) for index in np.unravel_index(np.abs(rows - 0.5).argmax(), rows.shape))
    value, low, high, n = shares[layer][head]
    even = value >= 0.5
    share = Interval(value, low, high, n) if even else Interval(1 - value, 1 - high, 1 - low, n)
    return {"layer": layer, "head": head, "side": "even" if even else "odd", "share": share}
