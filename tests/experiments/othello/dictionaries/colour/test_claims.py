import json
from typing import Any

import numpy as np
import pytest

from experiments.othello.dictionaries.colour.claims import centre, claims, middle, place, thresholds
from experiments.othello.dictionaries.colour.hits import OTHER, SAME, THRESHOLDS
from experiments.othello.dictionaries.kinds import FIRST, PUBLISHED, RANDOM, SECOND
from experiments.othello.places import CENTRE, RIM, RING, places

PARTS = places(8)
BY_DEPTH = (0, 10, 24, 20, 18, 15, 10, 4, 0)
"""Hits on each board of a planted dictionary, depths 0 to 8."""


def spread(count: int, part: str) -> list[int]:
    """So many hits on the squares of a part, one after the other."""
    squares = np.flatnonzero(PARTS[part])
    return np.bincount(squares[np.arange(count) % len(squares)], minlength=64).tolist()  # type: ignore[no-any-return]


def entry(count: int, part: str) -> dict[str, Any]:
    hits = {t: {SAME: spread(count if t == "0.9" else 50, part), OTHER: spread(count, part)} for t in THRESHOLDS}
    return {"top": spread(50, RIM), "hits": hits}


def planted() -> dict[str, Any]:
    """First blocks tell the rim, later ones the ring; random weights nothing."""
    trained = [entry(count, RIM if depth < 3 else RING) for depth, count in enumerate(BY_DEPTH)]
    nothing = [entry(0, RIM) for _ in BY_DEPTH]
    return {FIRST: trained, SECOND: trained, RANDOM: nothing, PUBLISHED: trained}


def test_planted_maps_give_the_claims_back() -> None:
    found = claims(planted(), PARTS, np.random.default_rng(0))
    assert found["early"]["value"].value == 1.0
    assert found["early"]["control"].value == 1.0
    assert found["early"]["extra"]["hits"] == 17
    assert found["early"]["extra"]["uniform"] == 28 / 64
    assert found["late"]["value"].value == 1.0
    assert found["late"]["control"].value == 0.0
    assert found["late"]["extra"]["hits"] == pytest.approx((15 + 10 + 4) / 3)
    assert found["centre"]["value"].value == 0.0
    assert found["middle"]["value"].value == pytest.approx((24 + 20 + 18) / 3 - (10 + 4) / 2)
    assert found["middle"]["control"].value == 0.0
    assert found["middle"]["extra"] == {"peak_depth": 2, "peak": 24, "first": 10, "last": 4, "from": 2, "to": 5}
    assert json.dumps(found, allow_nan=False)


def test_the_share_of_a_part_counts_the_given_depths_only() -> None:
    maps = np.zeros((1, 4, 64), dtype=int)
    maps[0, 1, 0], maps[0, 2, 18], maps[0, 3, 18] = 3, 1, 50
    found = place(maps, maps, range(1, 3), PARTS[RIM], np.random.default_rng(0))
    assert found["value"].value == 0.75
    assert found["extra"]["hits"] == 2


def test_the_embeddings_are_no_part_of_the_claim_about_the_centre() -> None:
    maps = np.zeros((2, 3, 64), dtype=int)
    maps[:, 0, 27], maps[:, 1, 27], maps[:, 2, 0] = 100, 1, 3
    found = centre(maps, PARTS[CENTRE], np.random.default_rng(0))
    assert found["value"].value == 0.25
    assert found["control"].value == 4 / 64
    assert found["extra"]["hits"] == 2


def test_a_flat_profile_has_no_middle() -> None:
    flat = np.tile(np.array(spread(20, RING)), (2, 7, 1))
    assert middle(flat, flat, np.random.default_rng(0))["value"][:3] == (0.0, 0.0, 0.0)


def test_thresholds_are_judged_on_the_games_of_the_choice() -> None:
    found = thresholds(planted(), np.random.default_rng(0))
    assert found["value"].value == 1.0
    assert found["control"].value == pytest.approx(sum(BY_DEPTH[1:]) / (50 * 8))
    assert found["control"].n == 16
    assert found["extra"]["random_0.9"] == 0.0
    assert found["extra"]["published_kind_0.9"] == found["control"].value
