import numpy as np
import pytest

from interp.errors import ShapeError
from interp.token_graph.occurrences import Occurrences
from tests.interp.token_graph import planted


def small(rows: list[int], latents: list[int]) -> Occurrences:
    """Four rows of tokens 2, 0, 2, 1, in two documents, and five latents."""
    return Occurrences.of(
        np.array([2, 0, 2, 1]),
        np.array([0, 0, 1, 1]),
        np.array([1, 2, 1, 2]),
        np.array(rows),
        np.array(latents),
        vocabulary=4,
        width=5,
    )


def test_events_in_any_order_are_put_latent_by_latent() -> None:
    found = small([3, 0, 1, 0], [1, 3, 1, 1])
    assert found.rows.tolist() == [0, 1, 3, 0]
    assert found.starts.tolist() == [0, 0, 3, 3, 4, 4]
    assert found.latents.tolist() == [1, 1, 1, 3]
    assert found.latent_counts.tolist() == [0, 3, 0, 1, 0]
    assert found.alive.tolist() == [False, True, False, True, False]
    assert found.token_counts.tolist() == [1, 1, 2, 0]
    assert (len(found), found.width) == (4, 5)


def test_the_order_of_events_does_not_matter() -> None:
    first = planted.independent()
    order = np.random.default_rng(0).permutation(len(first.rows))
    again = Occurrences.of(
        first.tokens.astype(np.int32), first.documents, first.positions,
        first.rows[order], first.latents[order], vocabulary=12, width=first.width,
    )  # fmt: skip
    assert (again.rows == first.rows).all()
    assert (again.starts == first.starts).all()
    assert (planted.dense(again) == planted.dense(first)).all()


def test_chosen_rows_keep_their_events() -> None:
    whole = planted.independent()
    kept = np.random.default_rng(1).random(len(whole)) < 0.4
    part = whole.chosen(kept)
    assert (part.tokens == whole.tokens[kept]).all()
    assert (part.documents == whole.documents[kept]).all()
    assert (part.positions == whole.positions[kept]).all()
    assert (planted.dense(part) == planted.dense(whole)[kept]).all()


def test_once_a_document_keeps_one_row_of_each_token_of_each_document() -> None:
    whole = planted.independent()
    part = whole.once_a_document(np.random.default_rng(0))
    pairs = list(zip(part.documents.tolist(), part.tokens.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)
    assert set(pairs) == set(zip(whole.documents.tolist(), whole.tokens.tolist(), strict=True))


def test_once_a_document_keeps_each_row_equally_often() -> None:
    whole = planted.of(np.array([0, 0, 0, 1]), np.ones((4, 1), np.bool_))
    generator = np.random.default_rng(0)
    kept = np.zeros(4)
    for _ in range(300):
        kept[whole.once_a_document(generator).positions] += 1
    assert kept[3] == 300
    np.testing.assert_allclose(kept[:3], 100, atol=35)


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("rows", "latents", "says"),
    [
        ([], [], "no latent is active"),
        ([0, 1, 0], [1, 1, 1], "latent 1 is active twice in row 0"),
        ([4], [0], "no row 4: they go from 0 to 3"),
        ([-1], [0], "no row -1"),
        ([0], [5], "no latent 5"),
        ([0, 1], [0], "a row and a latent an event"),
    ],
)
def test_events_that_cannot_be_are_refused(rows: list[int], latents: list[int], says: str) -> None:
    with pytest.raises(ShapeError, match=says):
        small(rows, latents) if rows else small(np.zeros(0, int), np.zeros(0, int))  # type: ignore[arg-type]


def test_neighbouring_latents_may_share_a_row() -> None:
    assert small([2, 2], [0, 1]).rows.tolist() == [2, 2]


@pytest.mark.usefixtures("unchecked")
def test_tokens_outside_the_vocabulary_and_missing_documents_are_refused() -> None:
    events = np.array([0]), np.array([0])
    two = np.array([0, 1])
    with pytest.raises(ShapeError, match="no token 7"):
        Occurrences.of(np.array([0, 7]), two, two, *events, vocabulary=4, width=1)
    with pytest.raises(ShapeError, match="a token, a document and a position"):
        Occurrences.of(two, np.array([0]), two, *events, vocabulary=4, width=1)
    with pytest.raises(ShapeError, match="no latent is active"):
        planted.independent().chosen(np.zeros(300, np.bool_))
