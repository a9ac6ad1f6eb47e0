import numpy as np
import pytest
import torch

from interp.retrieval.passages import Passages
from interp.retrieval.trials import trials
from interp.token_classes.classes import Classes
from interp.token_graph.occurrences import Occurrences


def passages(active: np.ndarray, documents: np.ndarray, positions: np.ndarray) -> Passages:
    rows, latents = np.nonzero(active)
    tokens = np.zeros(len(active), np.int64)
    data = Occurrences.of(tokens, documents, positions, rows, latents, vocabulary=1, width=active.shape[1])
    return Passages.of(data, Classes(("all",), torch.zeros(1, dtype=torch.int64)), (1,))


def test_a_case_by_hand() -> None:
    active = np.array([[0, 1], [1, 0], [0, 0], [1, 1], [0, 1]], np.bool_)
    found = passages(active, np.zeros(5, np.int64), np.array([1, 2, 3, 4, 1]))
    (some,) = trials(found, np.array([0, 2]))  # latent 0 in row 1, latent 1 in row 0; the passage ends behind row 3
    assert some.latents.tolist() == [0, 0, 1, 1, 1]
    assert some.origins.tolist() == [1, 1, 0, 0, 0]
    assert some.later.tolist() == [2, 3, 1, 2, 3]
    assert some.active.tolist() == [False, True, False, False, True]
    (last,) = trials(found, np.array([4]))  # latent 1 in row 4, which nothing follows
    assert len(last.later) == 0


@pytest.mark.parametrize("together", [1, 5, 40, 10**6])
def test_they_are_those_of_a_plain_loop_however_many_are_made_at_a_time(together: int) -> None:
    generator = np.random.default_rng(0)
    active = generator.random((90, 7)) < np.geomspace(0.02, 0.5, 7)
    found = passages(active, np.arange(90) // 25, np.arange(90) % 10)
    events = np.flatnonzero(found.first & (generator.random(len(found.first)) < 0.6))
    chosen = set(zip(found.occurrences.latents[events].tolist(), found.occurrences.rows[events].tolist(), strict=True))
    expected = []
    for latent in range(7):
        for origin in range(90):
            if (latent, origin) in chosen:
                end = next((row for row in range(origin + 1, 90) if found.of_row[row] > found.of_row[origin]), 90)
                expected += [(latent, origin, row, bool(active[row, latent])) for row in range(origin + 1, end)]
    parts = list(trials(found, events, together))
    told = [trial for part in parts for trial in zip(*(column.tolist() for column in part), strict=True)]
    assert told == expected
    assert (len(parts) > 1) == (together < len(expected))
    assert all(len(part.later) < together + 10 for part in parts)
