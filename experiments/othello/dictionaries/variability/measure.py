"""Two dictionaries of every depth that differ in their seed alone.

There is one trained model here: what another seed of the model would change, as in Du et al., is not measured.
"""

from typing import Any

import numpy as np

from experiments.othello.dictionaries.colour.areas import areas
from experiments.othello.dictionaries.colour.claims import STRICT
from experiments.othello.dictionaries.colour.hits import THRESHOLDS, found, hits
from experiments.othello.dictionaries.colour.tiles import Tiles, tiles
from experiments.othello.dictionaries.kinds import FIRST, RANDOM, SECOND
from experiments.othello.dictionaries.subjects import Subjects
from experiments.othello.dictionaries.variability.agreement import Maps, correlation, other_depths, profiles
from experiments.othello.dictionaries.variability.partners import partners

COMPARED = (FIRST, SECOND, RANDOM)
EVERY = "0.0"
"""A threshold that all reach."""


def measure(who: Subjects) -> dict[str, Any]:
    """What comes again with another seed, as JSON.

    - `partners`: by depth, decoder directions matched between the two seeds (`partners.partners`);
    - `found`: by set, threshold and depth, for how many pairs (square, class) the best latent of one half of the games
      reaches the AUROC threshold on the other half;
    - `maps`: by depth, the correlation over squares of the hits at 0.9 (`colour`) between the seeds, and as control
      that of the first seed's with the best triples of the random-weight model, which has few hits: all of them,
      whatever their AUROC; None where a map is the same everywhere;
    - `profile`: the correlation over depths of the pairs found at 0.9, resampling squares, and as control the same
      with the depths of the second seed in random order.
    """
    rng, real = who.rng("variability"), tiles(who)
    maps = {name: _maps(who, name, real, hits, STRICT) for name in (FIRST, SECOND)}
    leading = _maps(who, RANDOM, real, hits, EVERY)
    counts = {name: {t: _maps(who, name, real, found, t) for t in THRESHOLDS} for name in COMPARED}
    decoders = [[one.W_dec.detach() for one in who.dictionaries[name]] for name in (FIRST, SECOND)]
    strict = counts[FIRST][STRICT], counts[SECOND][STRICT]
    return {
        "partners": [partners(first, second, rng) for first, second in zip(*decoders, strict=True)],
        "found": {name: {t: one.sum(1).tolist() for t, one in by.items()} for name, by in counts.items()},
        "maps": {
            "seeds": [correlation(*both) for both in zip(maps[FIRST], maps[SECOND], strict=True)],
            "random weights": [correlation(*both) for both in zip(maps[FIRST], leading, strict=True)],
        },
        "profile": {"value": profiles(*strict, rng), "control": other_depths(*strict, rng)},
    }


def _maps(who: Subjects, name: str, real: Tiles, count: Any, threshold: str) -> Maps:
    """Counts of `hits` or `found` by depth and square."""
    squares = who.rules.squares
    return np.array([count(areas(who, name, depth, real), real, squares, float(threshold)) for depth in who.depths])


__all__ = ["COMPARED", "measure"]
