import numpy as np
import pytest

from experiments.othello.dictionaries.kinds import FIRST, RANDOM, SECOND
from experiments.othello.dictionaries.stability.pairs import STRATA, Pairs
from experiments.othello.dictionaries.stability.summary import Table, count, maps, of, pooled, window

SQUARES = 16


def pairs(*found: tuple[int, int, float, float]) -> Pairs:
    """From latent, label, AUROC, and AUROC within every kind of strata."""
    latent, label, report, within = (np.array(column) for column in zip(*found, strict=True)) if found else [()] * 4
    same = np.array(within, np.float64)
    return Pairs(
        np.array(latent, np.int64), np.array(label, np.int64), np.array(report, np.float64), dict.fromkeys(STRATA, same)
    )


RIM = pairs((0, 0, 0.9, 0.85), (0, 1, 0.85, 0.7), (3, 0, 0.82, np.nan), (4, 2, 0.79, np.nan))
STRICT = pairs((5, SQUARES + 5, 0.9, 0.9))


def table(depths: int) -> Table:
    found = {(name, depth): pairs() for name in (FIRST, SECOND, RANDOM) for depth in range(depths)}
    found[FIRST, 1] = RIM
    found[SECOND, 3] = STRICT
    return found


def test_each_definition_has_its_own_pairs_by_square() -> None:
    assert of(RIM, "published", SQUARES).label.tolist() == [0, 1, 0, 2]
    assert not len(of(RIM, "strict", SQUARES).label)
    strict = of(STRICT, "strict", SQUARES)
    assert (strict.latent.tolist(), strict.label.tolist(), strict.within["ply"].tolist()) == ([5], [5], [0.9])


def test_one_dictionary_is_counted_by_hand() -> None:
    found = count(of(RIM, "published", SQUARES), 8, np.random.default_rng(0))
    assert (found["chosen"], found["squares"], found["latents"]) == (4, 2, 2)
    assert found["confirmed"].value == 3
    assert found["confirmed"].low <= 3 <= found["confirmed"].high
    assert found["confirmed"].n == 8
    assert set(found["within"]) == set(STRATA)
    assert found["within"]["ply"] == [1, 2]


def test_nothing_is_counted_where_nothing_was_chosen() -> None:
    found = count(pairs(), 8, np.random.default_rng(0))
    assert (found["chosen"], found["squares"], found["latents"], found["within"]["ply"]) == (0, 0, 0, [0, 0])
    assert found["confirmed"] == (0, 0, 0, 8)


def test_maps_are_means_over_both_seeds() -> None:
    found = maps(table(5), SQUARES)
    assert found["published"][1][:3] == [1.0, 0.5, 0.0]
    assert found["strict"][3][5] == 0.5
    assert sum(map(sum, found["hindsight"])) == 0


def test_the_window_is_that_of_the_paper_and_the_same_part_of_other_models() -> None:
    assert window(8) == [2, 3, 4]
    assert window(6) == [2, 3]
    assert window(4) == [1, 2]


def test_both_seeds_are_pooled_by_hand() -> None:
    found = pooled(table(5), SQUARES, dict.fromkeys((FIRST, SECOND, RANDOM), 8), np.random.default_rng(0))
    peak = found["published"]["peak"]
    assert (peak["inside"].value, peak["outside"].value, peak["random"].value) == (3 / 4, 0, 0)
    assert (peak["share"], peak["fullest"]) == (1.0, True)
    assert (found["strict"]["peak"]["share"], found["strict"]["peak"]["fullest"]) == (0.0, False)
    assert found["published"]["auroc"].value == pytest.approx((0.9 + 0.85 + 0.82) / 3)
    assert found["published"]["fallen"]["ply"].value == 1 / 2
    covered = found["published"]["covered"]
    assert (covered["told"]["rim"].value, covered["told"]["interior"].value) == (2 / 12, 0)
    assert covered["within ply"]["rim"].value == 1 / 12
    assert found["strict"]["covered"]["within ply"]["interior"].value == 1 / 4
    none = found["hindsight"]
    assert none["auroc"] is None
    assert none["fallen"]["taken"] is None
    assert none["peak"]["fullest"] is False
