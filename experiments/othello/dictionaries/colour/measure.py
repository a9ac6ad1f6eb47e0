"""Maps of squares by depth, threshold and dictionary, with their controls."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.othello.dictionaries.colour.areas import TOP, Areas, judged, latents, together
from experiments.othello.dictionaries.colour.claims import claims, strict_maps
from experiments.othello.dictionaries.colour.hits import counted_hits
from experiments.othello.dictionaries.colour.shares import by_part
from experiments.othello.dictionaries.colour.tiles import Tiles, counted, shuffled, tiles
from experiments.othello.dictionaries.kinds import FIRST, PUBLISHED, RANDOM, SECOND, SETS
from experiments.othello.dictionaries.subjects import Subjects
from experiments.othello.places import CENTRE, Mask, places
from interp.matching import random_latents
from interp.models.sites import resid

SHUFFLED = "shuffled within the ply"
"""The set in which the first seed is asked for boards of other games at the same ply."""


def measure(who: Subjects) -> dict[str, Any]:
    """For every latent and every (square, class) the AUROC, and what of it reaches a threshold, as JSON.

    - `sets`: by set of dictionaries and depth, `hits.counted_hits`; the labels of the set "shuffled within the ply"
      are boards of other games, asked of the first seed;
    - `directions`: the same of random directions that fire as often as the latents of the first seed, at one depth;
    - `pairs`: how many (square, class) there are to find, and how many of them in the `centre`;
    - `shares`: by depth, the share of hits at 0.9 on each part of the board for the trained model (both seeds) and
      for the published kind; for random weights, which have few, the share of all top triples. Intervals resample
      squares; None where there is no hit;
    - `claims`: what the findings are judged by.
    """
    parts, rng, real = places(who.rules.size), who.rng("colour"), tiles(who)
    squares = who.rules.squares
    mixed = shuffled(real, who, rng)
    sets: dict[str, list[dict[str, Any]]] = {name: [] for name in (*SETS, SHUFFLED)}
    for depth in who.depths:
        for name in SETS:
            found = together(who, name, depth, [real, mixed] if name == FIRST else [real])
            for group, areas in zip((name, SHUFFLED), found, strict=False):
                sets[group].append(counted_hits(areas, real, squares, parts[CENTRE]))
    return {
        "size": who.rules.size,
        "top": TOP,
        "pairs": {"all": len(real.pair), "centre": int(parts[CENTRE][real.square.numpy()].sum())},
        "parts": {name: int(part.sum()) for name, part in parts.items()},
        "sets": sets,
        "directions": {
            "depth": who.sweep_depth,
            **counted_hits(_directions(who, real), real, squares, parts[CENTRE]),
        },
        "shares": _shares(sets, parts, rng),
        "claims": claims(sets, parts, rng),
    }


def _directions(who: Subjects, real: Tiles) -> Areas:
    """Random directions in place of the first seed's at the sweep depth, as many and firing as often."""
    densities = (latents(who, FIRST, who.sweep_depth)[0] > 0).double().mean(0)
    select, report = (
        # The same stream twice: the directions of the two halves are the same.
        random_latents(
            who.activations(who.model, resid(who.sweep_depth), half)[counted(half)],
            densities,
            who.rng("colour directions"),
        )
        for half in (who.select, who.report)
    )
    return judged((select, report), [real])[0]


def _shares(
    sets: Mapping[str, Sequence[Mapping[str, Any]]], parts: Mapping[str, Mask], rng: np.random.Generator
) -> dict[str, Any]:
    trained, published = (strict_maps(sets, names).sum(0) for names in ([FIRST, SECOND], [PUBLISHED]))
    random = np.array([one["top"] for one in sets[RANDOM]])
    return {
        name: [by_part(counts, parts, rng) for counts in maps]
        for name, maps in (("trained", trained), (PUBLISHED, published), (RANDOM, random))
    }


__all__ = ["SHUFFLED", "measure"]
