from collections import Counter
from itertools import product
from math import log2

import numpy as np
import pytest

from experiments.mental_math.leakage import Leak, leakage, leakage_of, leaks
from experiments.mental_math.sampling import DEMO, Sampling
from experiments.mental_math.tasks import TASKS
from experiments.mental_math.templates import Wording
from interp.errors import ShapeError


def information(rows: list[tuple[int, ...]], slot: int, others: list[int]) -> float:
    """Mutual information by its definition: the sum of p(x, y) log p(x, y) / p(x) p(y)."""
    pairs = Counter((row[slot], tuple(row[other] for other in others)) for row in rows)
    here, there = Counter(row[slot] for row in rows), Counter(tuple(row[o] for o in others) for row in rows)
    n = len(rows)
    return sum(count / n * log2(count * n / (here[x] * there[y])) for (x, y), count in pairs.items())


def oracle(rows: list[tuple[int, ...]], floor: int) -> list[Leak]:
    found = []
    for slot in range(len(rows[0])):
        others = [other for other in range(len(rows[0])) if other != slot]
        partners = Counter(row[slot] for row in set(rows))
        rare = sum(count < floor for count in partners.values()) / len(partners)
        before = information(rows, slot, others[:slot])
        found.append(Leak("ABC"[slot], information(rows, slot, others), before, min(partners.values()), rare))
    return found


@pytest.mark.parametrize("operands", [2, 3])
def test_leaks_are_those_of_the_definition(operands: int) -> None:
    rng = np.random.default_rng(operands)
    for size in (1, 7, 60):
        tuples = rng.integers(-3, 5, (size, operands))
        for fast, slow in zip(leaks(tuples, 3), oracle([tuple(row) for row in tuples.tolist()], 3), strict=True):
            assert fast.slot == slow.slot
            assert fast[1:] == pytest.approx(slow[1:], abs=1e-12)


def test_a_difference_that_may_not_be_negative_tells_of_the_other_operand() -> None:
    found = leakage_of(TASKS["A-B"], Sampling(0, 1, (0, 9)), np.random.default_rng(0), floor=2)
    # (0, 0), (1, 0), (1, 1): H(A) = H(B) = log2 3 - 2/3, H(A, B) = log2 3.
    bits = log2(3) - 4 / 3
    first, second = found.filtered
    assert first[1:] == pytest.approx((bits, 0, 1, 0.5))
    assert second[1:] == pytest.approx((bits, bits, 1, 0.5))
    assert found.unfiltered == [Leak("A", 0.0, 0.0, 2, 0.0), Leak("B", 0.0, 0.0, 2, 0.0)]


def test_a_sum_that_any_answer_is_allowed_for_leaks_nothing() -> None:
    assert leakage_of(TASKS["A+B"], DEMO, np.random.default_rng(0)).filtered == [
        Leak("A", 0.0, 0.0, 99, 0.0),
        Leak("B", 0.0, 0.0, 99, 0.0),
    ]


def test_the_published_filter_of_differences_leaves_the_largest_operand_one_partner() -> None:
    first, second = leakage_of(TASKS["A-B"], DEMO, np.random.default_rng(0)).filtered
    assert (first.partners, second.partners) == (1, 1)
    assert second.rare == pytest.approx(19 / 99)
    assert second.before == pytest.approx(second.others)
    assert second.before > 0.4
    assert first.before == 0


def test_words_that_turn_operands_round_turn_the_slots_round() -> None:
    asked = Wording(TASKS["A-B"], "instruction")
    found = leakage_of(asked, Sampling(0, 9, (0, 9)), np.random.default_rng(0))
    assert [leak.slot for leak in found.filtered] == ["B", "A"]
    assert found.filtered[0].before == 0
    assert found.filtered[1].before > 0


def test_few_tuples_seem_to_leak_without_a_filter_and_the_control_shows_how_much() -> None:
    rng = np.random.default_rng(0)
    everything = np.array(list(product(range(20), repeat=2)))
    kept = everything[rng.permutation(400)[:40]]
    found = leakage_of(TASKS["A+B"], Sampling(0, 19, (0, 99)), rng, kept=kept)
    assert found.filtered[0].others > 1
    assert found.chance[0].others == pytest.approx(found.filtered[0].others, abs=0.4)
    assert found.unfiltered[0].others == 0


def test_nothing_kept_and_a_range_that_does_not_hold_it_are_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ShapeError, match="let nothing through"):
        leakage(np.zeros((0, 2), np.int64), 0, 5, rng)
    with pytest.raises(ShapeError, match="a range that holds all"):
        leakage(np.array([[1, 7]]), 0, 5, rng)
