import numpy as np
import pytest
import torch

from experiments.function_tokens.steering.counting import Tally, crossed, top_shares
from interp.errors import ShapeError


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def tally(**right: list[int]) -> Tally:
    """Of each document (d4=...), which continuations have the topic."""
    found = Tally()
    for name, each in right.items():
        count = len(each)
        found.add(
            torch.tensor(each).bool(), torch.full((count,), int(name[1:])), torch.zeros(count, dtype=torch.float64)
        )
    return found


def test_a_tally_pools_by_document() -> None:
    one = Tally()
    documents = torch.tensor([4, 4, 9])
    one.add(torch.tensor([True, False, True]), documents, torch.tensor([0.5, 0.1, 0.3]).double())
    one.add(torch.tensor([True, False, False]), documents, torch.tensor([0.5, 0.1, 0.9]).double())
    found = one.told(rng())
    assert found["success"].value == pytest.approx(3 / 6)
    assert found["success"].n == 2
    assert found["repeated"].value == pytest.approx(2.4 / 6)
    assert one.share == pytest.approx(3 / 6)
    # Resamplings take either document twice or each once: 2 of 4, 1 of 2, 3 of 6 are right, and all are one half.
    assert found["success"][1:3] == pytest.approx((0.5, 0.5))
    # Commonest tokens: 1.2 of 4 in one document and 1.2 of 2 in the other.
    assert found["repeated"][1:3] == pytest.approx((0.3, 0.6))


def test_tallies_together_count_every_continuation_alike() -> None:
    both = Tally.of([tally(d1=[1], d2=[0]), tally(d2=[1, 1, 1])])
    assert both.share == pytest.approx(4 / 5)
    assert both.success(rng()).n == 2


def test_the_commonest_token_of_each_text_by_hand() -> None:
    assert top_shares(torch.tensor([[3, 3, 5, 3], [1, 2, 3, 4]])).tolist() == [0.75, 0.25]


def test_topics_of_which_one_always_succeeds_and_one_never_leave_everything_open() -> None:
    sides = [tally(d1=[1], d2=[1, 1], d3=[1]), tally(d1=[0], d2=[0, 0], d3=[0])]
    assert crossed(sides, rng()) == pytest.approx((0.5, 0.0, 1.0, 3))
    # Over documents alone nothing would seem uncertain.
    assert Tally.of(sides).success(rng()) == pytest.approx((0.5, 0.5, 0.5, 3))


def test_a_difference_that_every_topic_has_is_sure_however_easy_the_topics_are() -> None:
    more = [tally(d1=[1, 1], d2=[1, 1]), tally(d1=[1, 0], d2=[1, 0])]
    less = [tally(d1=[1, 0], d2=[1, 0]), tally(d1=[0, 0], d2=[0, 0])]
    assert crossed(more, rng(), less) == pytest.approx((0.5, 0.5, 0.5, 2))
    # One that a single topic has is not.
    less[1] = more[1]
    found = crossed(more, rng(), less)
    assert found == pytest.approx((0.25, 0.0, 0.5, 2))


def test_one_topic_is_drawn_over_documents_and_one_document_over_topics() -> None:
    assert crossed([tally(d1=[1], d2=[0])], rng())[1:] == pytest.approx((0.0, 1.0, 2))
    assert crossed([tally(d1=[1]), tally(d1=[0])], rng())[1:] == pytest.approx((0.0, 1.0, 1))
    assert crossed([tally(d1=[1, 0])], rng()) == pytest.approx((0.5, 0.5, 0.5, 1))


def test_every_draw_is_as_counted_one_continuation_at_a_time() -> None:
    more = [tally(d1=[1, 0], d2=[1]), tally(d2=[0, 0, 1], d5=[1])]
    less = [tally(d1=[0], d2=[1]), tally(d2=[0, 1], d5=[0, 0])]
    generator = rng()
    topics, documents = (generator.multinomial(count, [1 / count] * count, size=200) for count in (2, 3))
    drawn = []
    for by_topic, by_document in zip(topics, documents, strict=True):
        rates = []
        for side in (more, less):
            right = total = 0.0
            for weight, one in zip(by_topic, side, strict=True):
                for number, again in zip((1, 2, 5), by_document, strict=True):
                    if number in one.counts:
                        right += weight * again * one.counts[number][0]
                        total += weight * again * one.counts[number][2]
            rates.append(right / total if total else np.nan)
        drawn.append(rates[0] - rates[1])
    # A first topic drawn twice has no prompt in document 5.
    assert np.isnan(drawn).any()
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    found = crossed(more, rng(), less, draws=200)
    assert found == pytest.approx((4 / 7 - 2 / 6, low, high, 3))


def test_sides_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(ShapeError, match="as many tallies"):
        crossed([tally(d1=[1])], rng(), [])
    with pytest.raises(ShapeError, match="need continuations"):
        crossed([], rng())
