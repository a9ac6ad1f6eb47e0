"""When does a model know which squares are empty? A linear probe with two classes before and after every attention.

Nanda et al. 2023 (arXiv 2309.00941) read empty or not at 76.8 % before the first attention and 98.9 % after it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int, Int64
from torch import Tensor

from experiments.othello.boards import readings
from experiments.othello.sample import Sample
from interp.activations.capture import capture
from interp.models.model import Model
from interp.models.sites import Site, mid, resid
from interp.stats import bootstrap
from probes import Gram, LinearProbe, majority

EMPTY = 0
"""The class of an empty square; 1 is a disc of either player. The same number as in the labels with three classes."""


def empty_sites(model: Model) -> list[Site]:
    """The residual stream before and after every attention and after every MLP; no middle where blocks are parallel."""
    inner = [site for layer in range(model.depth) for site in (resid(layer), mid(layer)) if site in model.sites]
    return [*inner, resid(model.depth)]


def empty_labels(sample: Sample) -> Int[Tensor, "game ply square"]:
    """0 where a square is empty after the move just read, 1 where a disc lies; -1 after the end of a game.

    Only the squares that can be played: those in the centre are never empty, which is nothing to fit.
    """
    owner = readings(sample.trace)[:, :, 0][..., torch.tensor(sample.trace.rules.playable.tolist())]
    return torch.where(owner < 0, owner, owner != EMPTY)


def fit_empties(
    model: Model, sample: Sample, sites: Sequence[Site], *, ridge: float, batch: int
) -> dict[Site, LinearProbe]:
    """One probe a site, all fitted in one pass over the games; targets are the squares that can be played."""
    grams: dict[Site, Gram] = {}
    for features, labels in _blocks(model, sample, sites, batch):
        parts = {site: Gram.of(x, labels, classes=2) for site, x in features.items()}
        grams = {site: grams[site] + part if site in grams else part for site, part in parts.items()}
    return {site: LinearProbe(ridge).fit_gram(gram) for site, gram in grams.items()}


def count_right(
    model: Model, probes: dict[Site, LinearProbe], sample: Sample, *, batch: int
) -> Int64[np.ndarray, "site game square"]:
    """In how many positions of every game the probe of each site is right about each square."""
    games = []
    for features, labels in _blocks(model, sample, list(probes), batch):
        right = torch.stack([probe.predict(features[site]) == labels for site, probe in probes.items()])
        games.append(right.unflatten(1, (-1, sample.seen.shape[1])).sum(2))  # type: ignore[no-untyped-call]
    return torch.cat(games, 1).numpy()


def measure_empties(
    model: Model,
    control: Model,
    train: Sample,
    test: Sample,
    rng: np.random.Generator,
    *,
    ridge: float = 1e-4,
    batch: int = 100,
) -> dict[str, Any]:
    """How well empty and not empty are told apart at every site, by the games of `test`, as plain JSON.

    `playable` counts the squares that can be played, `board` also the four in the centre, never empty and always right.
    Both hold, by name, shares with intervals over games: for `trained` and `random` (the probes of `control`) one a
    site of `sites`, for `floor` (the majority of each square and ply of `train`) one in all, and for `gain` what the
    first attention adds (none where blocks are parallel), the difference taken game by game.
    """
    sites = empty_sites(model)
    right = {
        name: count_right(one, fit_empties(one, train, sites, ridge=ridge, batch=batch), test, batch=batch)
        for name, one in (("trained", model), ("random", control))
    }
    floor, played = _floor(train, test), test.trace.played[:, :-1].sum(1)
    centre = len(test.trace.rules.centre)
    by_game = {name: counts.sum(-1) for name, counts in right.items()}
    squares = floor.shape[1]
    return {
        "sites": [f"{site.kind} {site.layer}" for site in sites],
        "playable": _shares(sites, by_game, floor.sum(1), played * squares, 0 * played, rng),
        "board": _shares(sites, by_game, floor.sum(1), played * (squares + centre), played * centre, rng),
    }


def _shares(
    sites: Sequence[Site],
    right: dict[str, Int64[np.ndarray, "site game"]],
    floor: Int64[np.ndarray, " game"],
    total: Int64[np.ndarray, " game"],
    given: Int64[np.ndarray, " game"],
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Right answers, those that are `given` among them, per `total`."""
    found: dict[str, Any] = {
        name: [bootstrap(count + given, total, rng) for count in counts] for name, counts in right.items()
    }
    if mid(0) in sites:
        before, after = sites.index(resid(0)), sites.index(mid(0))
        found["gain"] = {name: bootstrap(counts[after] - counts[before], total, rng) for name, counts in right.items()}
    return {**found, "floor": bootstrap(floor + given, total, rng)}


def _floor(train: Sample, test: Sample) -> Int64[np.ndarray, "game square"]:
    """In how many positions of every game the most frequent class of square and ply is right."""
    seen, asked = empty_labels(train), empty_labels(test)
    plies = torch.arange(seen.shape[1])
    known = majority(seen.flatten(0, 1), plies.repeat(len(seen))).predict(plies)
    return (known == asked).sum(1).numpy()


def _blocks(
    model: Model, sample: Sample, sites: Sequence[Site], batch: int
) -> Iterator[tuple[dict[Site, Float[Tensor, "row width"]], Int[Tensor, "row square"]]]:
    """So many games at a time: activations by site and labels, a row for each position."""
    labels = empty_labels(sample)
    for begin in range(0, len(labels), batch):
        acts = capture(model, sample.seen[begin : begin + batch], sites, device="cpu")
        features = {site: acts[site].flatten(0, 1).float() for site in sites}
        yield features, labels[begin : begin + batch].flatten(0, 1)
