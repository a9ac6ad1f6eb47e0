"""Frequent tokens come first in memory, and every edge finds its way back."""

from typing import Any

import numpy as np
import pytest

from interp.token_graph import slots
from interp.token_graph.runs import Run
from interp.token_graph.slots import Edges, Slots, edges_of, together

EVENTS = np.array([3, 0, 9, 9, 1, 5])


def learned(head: list[int] | None, rows: int, least: int, narrow: bool = True) -> Slots:
    named = None if head is None else np.array(head, np.int64)
    return Slots.learned(EVENTS, 10, named, rows, least, narrow)


def test_slots_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "NARROW", 20)
    found = learned(None, rows=2, least=1)
    assert found.order.tolist() == [2, 3, 0, 5, 1, 4], "most events, then the next two, then the others, each ascending"
    assert found.base.tolist() == [20, 40, 0, 10, 50, 30]
    assert (found.sizes, found.ends) == ((2, 2, 2), (20, 40))
    assert learned(None, rows=4, least=6).sizes == (2, 2, 2), "rows for those with enough events"
    assert learned(None, rows=1, least=1).order.tolist() == [2, 3, 5, 0, 1, 4], "of equal ones the lower id"
    assert learned(None, rows=2, least=1, narrow=False).sizes == (2, 0, 4)
    assert learned([1, 4], rows=2, least=1).order.tolist() == [1, 4, 2, 3, 0, 5]
    assert learned([], rows=2, least=1).sizes == (0, 2, 4)


@pytest.mark.parametrize("kind", [np.int64, np.uint32])
def test_edges_come_back_in_the_order_of_tokens(kind: type[np.integer[Any]]) -> None:
    draw = np.random.default_rng(0)
    made = Slots(np.array([2]), np.array([1, 5]), 6, 10)
    cells = np.flatnonzero(draw.random(60) < 0.4)
    run = Run(cells.astype(kind), np.arange(len(cells)), None)
    edges = edges_of(run, 6, 10)
    assert edges.degrees.tolist() == [int((cells // 10 == slot).sum()) for slot in range(6)]
    assert edges.latents.tolist() == (cells % 10).tolist()
    found = made.by_token(edges)
    pairs = sorted((int(made.order[cell // 10]), int(cell % 10), place) for place, cell in enumerate(cells))
    assert found.degrees.tolist() == [sum(token == one for one, _, _ in pairs) for token in range(6)]
    assert found.latents.tolist() == [latent for _, latent, _ in pairs]
    assert found.counts is not None
    assert (found.counts.tolist(), found.first) == ([place for _, _, place in pairs], None)
    plain = Slots(np.arange(6), np.arange(0), 6, 10)
    assert plain.by_token(edges) is edges


def test_parts_follow_each_other() -> None:
    one = Edges(np.array([1]), np.array([4], np.int32), None, np.array([7]))
    found = together([one, one._replace(latents=np.array([5], np.int32))])
    assert (found.latents.tolist(), found.counts) == ([4, 5], None)
    assert found.first is not None
    assert found.first.tolist() == [7, 7]
