"""Reactivation by hand, against a slow count of all pairs, and where it is known to be there or not."""

import numpy as np
import pytest
import torch

from interp.errors import ShapeError, UnknownNameError
from interp.retrieval.reactivation import SAME, Reactivation, reactivation
from interp.token_classes.classes import Classes
from interp.token_graph.occurrences import Occurrences

BANDS = (1, 2, 4)


def of(tokens: np.ndarray, active: np.ndarray, documents: np.ndarray, positions: np.ndarray) -> Occurrences:
    rows, latents = np.nonzero(active)
    return Occurrences.of(
        tokens, documents, positions, rows, latents, vocabulary=int(tokens.max()) + 1, width=active.shape[1]
    )


def classes(vocabulary: int, functions: int) -> Classes:
    """The first tokens are function tokens."""
    return Classes(("function", "content"), (torch.arange(vocabulary) >= functions).long())


def slowly(data: Occurrences, kinds: Classes, origins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hits and trials [document, class, band], a latent, an origin and a later token at a time."""
    documents = sorted(set(data.documents.tolist()))
    active = np.zeros((len(data), data.width), np.bool_)
    active[data.rows, data.latents] = True
    found = np.zeros((2, len(documents), len(kinds.names) + 1, len(BANDS)), np.int64)
    begins = [
        row
        for row in range(len(data))
        if not row or data.positions[row] <= data.positions[row - 1] or data.documents[row] != data.documents[row - 1]
    ]
    for begin, end in zip(begins, [*begins[1:], len(data)], strict=True):
        for latent in range(data.width):
            rows = [row for row in range(begin, end) if active[row, latent]]
            if not rows or not origins[data.tokens[rows[0]]]:
                continue
            for later in range(rows[0] + 1, end):
                same = data.tokens[later] == data.tokens[rows[0]]
                kind = len(kinds.names) if same else int(kinds.of[data.tokens[later]])
                if kind < 0:
                    continue
                distance = data.positions[later] - data.positions[rows[0]]
                band = max(number for number, low in enumerate(BANDS) if low <= distance)
                place = (documents.index(data.documents[later]), kind, band)
                found[1][place] += 1
                found[0][place] += active[later, latent]
    return found[0], found[1]


def text(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tokens, documents and positions: windows of 12 in which some positions do not count."""
    generator = np.random.default_rng(seed)
    number = np.sort(generator.choice(2 * rows, rows, replace=False))
    return generator.integers(0, 6, rows), number // 30 * 7, number % 12


def test_a_case_by_hand() -> None:
    # Latent 0 begins at token 2 (content); latent 1 at token 0, which is no origin; latent 2 fires once, at the end.
    tokens = np.array([2, 0, 1, 2, 0, 3])
    active = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [1, 0, 0], [0, 0, 0], [0, 0, 1]], np.bool_)
    data = of(tokens, active, np.zeros(6, np.int64), np.arange(1, 7))
    found = reactivation(
        data, classes(4, 2), np.array([False, False, True, True]), np.random.default_rng(0), bands=BANDS
    )
    assert found.names == ("function", "content", SAME)
    assert found.trials[0].tolist() == [[1, 1, 1], [0, 0, 1], [0, 1, 0]]  # distances 1, 2, 4; 5; 3
    assert found.hits[0].tolist() == [[1, 0, 0], [0, 0, 0], [0, 1, 0]]
    assert found.origins == 2
    assert found.unmatched == 1  # when latent 2 begins, both others were active
    rate = found.rate("function", np.random.default_rng(0))
    assert rate.value == pytest.approx((1 * 1 + 0 + 0) / 4)  # the bands weigh 1, 1 and 2
    assert [None if one is None else one.value for one in found.by_band("content", np.random.default_rng(0))] == [
        None, None, 0.0,
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_all_pairs_are_counted(seed: int) -> None:
    generator = np.random.default_rng(seed)
    tokens, documents, positions = text(120, seed)
    data = of(tokens, generator.random((120, 9)) < np.geomspace(0.02, 0.6, 9), documents, positions)
    kinds, origins = classes(6, 3), np.array([False, True, False, True, True, False])
    kinds.of[5] = -1
    found = reactivation(data, kinds, origins, generator, bands=BANDS)
    hits, trials = slowly(data, kinds, origins)
    assert (found.hits == hits).all()
    assert (found.trials == trials).all()
    assert (found.control_trials <= trials).all()
    assert (found.control_hits <= found.control_trials).all()


def dice(active: np.ndarray, rows: int = 4000) -> Reactivation:
    """Windows of 40 tokens, of which the first 3 of 6 are function tokens."""
    tokens = np.random.default_rng(5).integers(0, 6, rows)
    data = of(tokens, active, np.arange(rows) // 200, np.arange(rows) % 40)
    return reactivation(data, classes(6, 3), np.arange(6) >= 3, np.random.default_rng(1))


def test_latents_that_fire_by_chance_fire_again_as_often_as_their_stand_ins() -> None:
    active = np.random.default_rng(2).random((4000, 60)) < 0.03
    found = dice(active)
    assert found.unmatched == 0
    for name in ("function", "content", SAME):
        assert found.rate(name, np.random.default_rng(0)).value == pytest.approx(0.03, abs=0.004)
        excess = found.excess(name, np.random.default_rng(0))
        assert excess.low < 0.002
        assert excess.high > -0.002
    difference = found.difference("function", "content", np.random.default_rng(0))
    assert difference.low < 0 < difference.high
    assert difference.n == 20


def test_planted_reactivation_at_function_tokens_is_found_and_belongs_to_the_latent() -> None:
    generator = np.random.default_rng(2)
    active = generator.random((4000, 60)) < 0.02
    tokens = np.random.default_rng(5).integers(0, 6, 4000)
    for begin in range(0, 4000, 40):
        for latent in range(60):
            rows = begin + np.flatnonzero(active[begin : begin + 40, latent])
            if len(rows) and tokens[rows[0]] >= 3:
                later = np.arange(rows[0] + 1, begin + 40)
                active[later[tokens[later] < 3], latent] |= generator.random(int((tokens[later] < 3).sum())) < 0.3
    found = dice(active)
    rng = np.random.default_rng(0)
    assert found.excess("function", rng).low > 0.15
    assert found.excess("content", rng).value == pytest.approx(0, abs=0.03)
    assert found.difference("function", ("content", SAME), rng).low > 0.15
    assert found.rate("function", rng, control=True).high < 0.15
    curve = [one.value for one in found.by_band("function", rng) if one is not None]
    assert min(curve) > 0.25


def test_latents_of_function_tokens_do_not_stand_in_for_those_of_content_tokens() -> None:
    # Each of 120 latents fires at one token only, whatever came before: half of them at function tokens.
    tokens = np.random.default_rng(5).integers(0, 6, 4000)
    active = (np.arange(120)[None] % 6 == tokens[:, None]) & (np.random.default_rng(6).random((4000, 120)) < 0.2)
    data = of(tokens, active, np.arange(4000) // 200, np.arange(4000) % 40)
    rng = np.random.default_rng(0)
    found = reactivation(data, classes(6, 3), np.arange(6) >= 3, np.random.default_rng(1), neighbours=10)
    assert found.excess("function", rng).value == pytest.approx(0, abs=0.01)
    mixed = reactivation(data, classes(6, 3), np.arange(6) >= 3, np.random.default_rng(1), neighbours=60)
    assert mixed.excess("function", rng).high < -0.02


def test_dense_latents_have_no_stand_in_and_are_told() -> None:
    active = np.zeros((40, 2), np.bool_)
    active[:, :] = True
    data = of(np.full(40, 1), active, np.zeros(40, np.int64), np.arange(40))
    found = reactivation(data, classes(2, 1), np.array([False, True]), np.random.default_rng(0))
    assert (found.origins, found.unmatched) == (2, 2)
    assert found.hits.tolist() == found.trials.tolist()
    assert found.trials[0].sum(1).tolist() == [0, 0, 2 * 39]
    assert found.control_trials.sum() == 0
    with pytest.raises(ShapeError, match="no distance"):
        found.excess("content", np.random.default_rng(0))


def test_bad_input_is_refused() -> None:
    tokens, documents, positions = text(60, 0)
    data = of(tokens, np.random.default_rng(0).random((60, 4)) < 0.3, documents, positions)
    rng, kinds = np.random.default_rng(0), classes(6, 3)
    with pytest.raises(ShapeError, match="ascend from 1"):
        reactivation(data, kinds, np.ones(6, np.bool_), rng, bands=(2, 4))
    with pytest.raises(ShapeError, match="may be origins"):
        reactivation(data, kinds, np.ones(5, np.bool_), rng)
    with pytest.raises(ShapeError, match="first active"):
        reactivation(data, kinds, np.zeros(6, np.bool_), rng)
    with pytest.raises(ShapeError, match="neighbour"):
        reactivation(data, kinds, np.ones(6, np.bool_), rng, neighbours=0)
    with pytest.raises(UnknownNameError, match="class of tokens"):
        reactivation(data, kinds, np.ones(6, np.bool_), rng).rate("fonction", rng)
