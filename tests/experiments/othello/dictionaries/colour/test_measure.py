from typing import Any

import torch

from experiments.othello.dictionaries import kinds
from experiments.othello.dictionaries.colour import measure as room
from experiments.othello.dictionaries.colour.hits import OTHER, SAME
from experiments.othello.dictionaries.colour.measure import SHUFFLED
from experiments.othello.dictionaries.colour.tiles import counted, tiles
from experiments.othello.dictionaries.subjects import Subjects
from interp.matching import auroc


def test_every_set_has_counts_at_every_depth(who: Subjects, metrics: dict[str, Any]) -> None:
    assert set(metrics["sets"]) == {*kinds.SETS, SHUFFLED}
    for by_depth in metrics["sets"].values():
        assert len(by_depth) == len(who.depths)
        for one in by_depth:
            assert sum(one["top"]) == metrics["top"]
            loose, strict = (sum(one["hits"][t][SAME]) for t in ("0.7", "0.9"))
            assert strict <= loose <= metrics["top"]
            assert one["found"]["0.9"][OTHER] <= metrics["pairs"]["all"]
    assert metrics["pairs"] == {"all": 3 * 36 - 4, "centre": 8}
    assert sum(metrics["parts"].values()) == 36


def test_what_is_found_is_what_latents_give(who: Subjects, metrics: dict[str, Any]) -> None:
    depth, real = 3, tiles(who)
    rows = who.latents(kinds.FIRST, depth, who.select)[counted(who.select)]
    areas = auroc(rows, real.select)
    best = areas.flatten().sort(descending=True).values[:50]
    one = metrics["sets"][kinds.FIRST][depth]
    assert abs(one["best"] - float(best[0])) < 1e-12
    assert abs(one["least"] - float(best[-1])) < 1e-12
    assert sum(one["hits"]["0.7"][SAME]) == int((best >= 0.7).sum())
    assert one["found"]["0.7"][SAME] == int((areas.amax(0) >= 0.7).sum())


def test_random_directions_fire_as_often_and_stand_at_one_depth(who: Subjects, metrics: dict[str, Any]) -> None:
    assert metrics["directions"]["depth"] == who.sweep_depth
    assert sum(metrics["directions"]["top"]) == metrics["top"]
    found = room._directions(who, tiles(who))
    assert found.select.shape[0] == len(who.dictionaries[kinds.FIRST][who.sweep_depth].W_dec)
    known = ~found.report.isnan()
    # The same directions in both halves: areas agree but for the draw of games.
    assert float((found.report[known] - found.select[known]).abs().mean()) < 0.1
    assert torch.isfinite(found.select).all()


def test_measuring_again_gives_the_same(who: Subjects, metrics: dict[str, Any]) -> None:
    import json

    assert json.loads(json.dumps(room.measure(who))) == metrics
