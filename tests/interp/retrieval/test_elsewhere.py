"""Controls by hand: which rows are like the row of a trial, and which of them may be its control."""

import numpy as np
import pytest
import torch

from interp.retrieval.elsewhere import Controls, Elsewhere
from interp.retrieval.passages import Passages
from interp.retrieval.trials import Trials
from interp.token_classes.classes import Classes
from interp.token_graph.occurrences import Occurrences

CLASSES = Classes(("function", "content"), torch.tensor([0, 0, 1, 1, 1]))


def controls(
    tokens: list[list[int]], documents: list[int], events: list[tuple[int, int]], trial: tuple[int, int], share: float
) -> Controls:
    """Of one trial, an origin and a later row of latent 0. Passages are of equal length; events: a row and a latent."""
    length = len(tokens[0])
    rows, latents = np.array(events).T
    data = Occurrences.of(
        np.concatenate(tokens), np.repeat(documents, length), np.tile(np.arange(length), len(tokens)), rows, latents,
        vocabulary=5, width=2,
    )  # fmt: skip
    elsewhere = Elsewhere(Passages.of(data, CLASSES, (1,)))
    some = Trials(np.array([0]), np.array(trial[:1]), np.array(trial[1:]), np.array([False]))
    return elsewhere.controls(some, np.array([share]))


TEXT = [[2, 3, 0], [3, 3, 4], [2, 0, 3], [2, 4, 2], [3, 2, 1]]
"""Rows 0 to 14. Content at the second place: rows 1, 4, 10 and 13. Token 2: rows 0, 6, 9, 11 and 13."""
DOCUMENTS = [0, 0, 1, 2, 2]
BEFORE = [(0, 0)]


@pytest.mark.parametrize(
    ("share", "row", "usable"),
    [
        (0.0, 1, False),  # the row of the trial itself
        (0.26, 4, False),  # another passage of the same document
        (0.5, 10, True),
        (0.74, 10, True),
        (0.99, 13, False),  # the token of the origin
    ],
)
def test_a_control_is_at_the_same_place_and_class_in_another_document(share: float, row: int, usable: bool) -> None:
    found = controls(TEXT, DOCUMENTS, BEFORE, (0, 1), share)
    assert (found.rows.tolist(), found.usable.tolist(), found.active.tolist()) == ([row], [usable], [False])


@pytest.mark.parametrize(
    ("share", "row", "usable"),
    [(0.0, 0, False), (0.34, 6, True), (0.51, 9, True), (0.67, 11, True), (0.84, 13, True)],
)
def test_where_the_token_comes_again_a_control_is_that_token_at_any_place(share: float, row: int, usable: bool) -> None:
    text = [[2, 2, 0], *TEXT[1:]]  # the trial is row 1, which is the second row of token 2
    found = controls(text, DOCUMENTS, BEFORE, (0, 1), share)
    assert (found.rows.tolist(), found.usable.tolist(), found.active.tolist()) == ([row], [usable], [False])


@pytest.mark.parametrize(
    ("events", "usable", "active"),
    [
        ([(10, 0)], True, True),  # there for the first time
        ([(10, 0), (11, 0)], True, True),
        ([(9, 0), (10, 0)], False, False),  # not for the first time
        ([(9, 0)], False, False),
        ([(11, 0)], True, False),  # not yet
        ([(8, 0)], True, False),  # in the passage before
        ([(9, 1), (10, 1)], True, False),  # another latent
    ],
)
def test_it_is_none_where_the_latent_was_active_before(
    events: list[tuple[int, int]], usable: bool, active: bool
) -> None:
    found = controls(TEXT, DOCUMENTS, [*BEFORE, *events], (0, 1), 0.5)
    assert (found.rows.tolist(), found.usable.tolist(), found.active.tolist()) == ([10], [usable], [active])


def test_tokens_of_no_class_are_not_like_those_of_a_class() -> None:
    none = Classes(("function", "content"), torch.tensor([0, 0, 1, 1, -1]))
    data = Occurrences.of(
        np.array([2, 0, 2, 4, 2, 4]), np.repeat([0, 1, 2], 2), np.tile([0, 1], 3), np.array([0]), np.array([0]),
        vocabulary=5, width=1,
    )  # fmt: skip
    some = Trials(np.zeros(9, np.int64), np.zeros(9, np.int64), np.ones(9, np.int64), np.zeros(9, np.bool_))
    assert Elsewhere(Passages.of(data, none, (1,))).controls(some, np.arange(9) / 9).rows.tolist() == [1] * 9
