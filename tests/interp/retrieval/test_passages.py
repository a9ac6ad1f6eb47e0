import numpy as np
import torch

from interp.retrieval.passages import Passages
from interp.token_classes.classes import Classes
from interp.token_graph.occurrences import Occurrences

CLASSES = Classes(("function", "content"), torch.tensor([0, 0, 1, 1, -1]))


def passages(
    documents: list[int],
    positions: list[int],
    tokens: list[int] | None = None,
    events: tuple[tuple[int, int], ...] = ((0, 0),),
    width: int = 1,
) -> Passages:
    """Events are a row and a latent each; the bands begin at 1, 2 and 4."""
    rows, latents = np.array(events).T
    whole = np.zeros(len(documents), np.int64) if tokens is None else np.array(tokens)
    data = Occurrences.of(whole, np.array(documents), np.array(positions), rows, latents, vocabulary=5, width=width)
    return Passages.of(data, CLASSES, (1, 2, 4))


def test_a_passage_ends_where_positions_begin_anew_or_the_document_changes() -> None:
    assert passages([3, 3, 3, 3], [1, 2, 1, 2]).of_row.tolist() == [0, 0, 1, 1]
    assert passages([3, 3, 3, 3], [5, 6, 1, 2]).of_row.tolist() == [0, 0, 1, 1]
    assert passages([3, 3, 2, 2], [1, 2, 3, 4]).of_row.tolist() == [0, 0, 1, 1]
    assert passages([3, 3, 3, 3], [1, 2, 5, 9]).of_row.tolist() == [0, 0, 0, 0], "some positions do not count"


def test_where_only_one_position_is_read_at_a_time_each_is_a_passage() -> None:
    found = passages([3, 3, 3], [4, 4, 4])
    assert found.of_row.tolist() == [0, 1, 2]
    assert found.places.tolist() == [0, 0, 0]


def test_begins_ends_and_places_by_hand() -> None:
    found = passages([3, 3, 3, 8, 8, 3], [1, 2, 5, 6, 9, 10])
    assert len(found) == 3
    assert found.begins.tolist() == [0, 3, 5]
    assert found.ends.tolist() == [3, 5, 6]
    assert found.places.tolist() == [0, 1, 4, 0, 3, 0]


def test_documents_are_numbered_without_gaps_in_any_order() -> None:
    found = passages([30, 30, 7, 11], [1, 2, 1, 1])
    assert found.document.tolist() == [2, 2, 0, 1]
    assert found.shape == (3, 3, 3)


def test_the_first_event_of_a_latent_in_each_passage() -> None:
    events = ((1, 1), (2, 1), (3, 1), (3, 2), (4, 2))  # latents 0, 3 and 4 are never active
    found = passages([3, 3, 3, 3, 3], [1, 2, 3, 1, 2], events=events, width=5)
    assert found.first.tolist() == [True, False, True, True, False]
    whole = passages([3, 3], [1, 2], events=((0, 0), (1, 0), (1, 1)), width=2)
    assert whole.first.tolist() == [True, False, True], "a latent begins anew in the passage of the one before"


def test_pairs_are_told_by_class_or_same_token_and_by_band() -> None:
    found = passages([3] * 9, [1, 2, 3, 4, 5, 9, 10, 11, 12], [2, 0, 3, 1, 2, 3, 4, 2, 1])
    later = np.arange(1, 9)
    kinds = found.kinds(np.zeros(8, np.int64), later)
    classes = ["function", "content", "function", "same", "content", None, "same", "function"]
    distances = [1, 2, 3, 4, 8, 9, 10, 11]
    expected = [
        -1 if name is None else 3 * ["function", "content", "same"].index(name) + (distance >= 2) + (distance >= 4)
        for name, distance in zip(classes, distances, strict=True)
    ]
    assert kinds.tolist() == expected


def test_a_token_of_no_class_counts_only_where_it_is_the_same() -> None:
    assert passages([3, 3], [1, 2], [0, 4]).kinds(np.array([0]), np.array([1])).tolist() == [-1]
    assert passages([3, 3], [1, 2], [4, 4]).kinds(np.array([0]), np.array([1])).tolist() == [6]


def test_pairs_count_for_the_documents_that_are_named() -> None:
    found = passages([30, 30, 7], [1, 2, 1])
    counts = found.counted(np.array([0, 1, 2, 2, 2]), np.array([0, 0, 8, 3, 8]))
    assert counts.shape == (2, 3, 3)
    assert counts[1].tolist() == [[2, 0, 0], [0, 0, 0], [0, 0, 0]]
    assert counts[0].tolist() == [[0, 0, 0], [1, 0, 0], [0, 0, 2]]
