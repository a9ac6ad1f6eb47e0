import numpy as np
import pytest
import torch

import interp
from interp import Model, Sequences, ShapeError
from interp.token_graph.events import Events, build, events
from interp.token_graph.gathering import gathered
from interp.token_graph.nulls import graph
from tests.architectures import VOCABULARY, WIDTH, some_tokens
from tests.interp.dictionaries.small import random

SITE = interp.resid(1)


def text() -> Sequences:
    """Three sequences of two documents, with padding at the end of one."""
    tokens = torch.tensor([[5, 1, 2], [5, 2, 0], [5, 1, 1]])
    kept = torch.tensor([[True, True, True], [True, True, False], [True, True, True]])
    documents = torch.tensor([[0, 0, 0], [0, 0, 0], [8, 8, 8]])
    return Sequences(tokens, documents, torch.arange(9).view(3, 3), kept, "by hand")


def some(*triples: tuple[int, int, int]) -> Events:
    return Events(*np.array(triples, np.int64).T)


def test_a_text_by_hand() -> None:
    parts = [some((1, 3, 1), (2, 0, 2)), some((2, 3, 4), (1, 0, 8), (1, 1, 8))]
    found = gathered(text(), parts, vocabulary=6, width=4)
    assert found.tokens.tolist() == [1, 2, 2, 1, 1]
    assert found.documents.tolist() == [0, 0, 0, 8, 8]
    assert found.positions.tolist() == [1, 2, 1, 1, 2]
    assert found.rows.tolist() == [1, 4, 4, 0, 2]
    assert found.latents.tolist() == [0, 0, 1, 3, 3]


def test_the_first_position_counts_when_it_is_not_skipped() -> None:
    found = gathered(text(), [some((5, 0, 3))], vocabulary=6, width=4, skip_first=False)
    assert found.tokens.tolist() == [5, 1, 2, 5, 2, 5, 1, 1]
    assert found.rows.tolist() == [3]


def test_its_graph_is_the_one_built_from_the_model(gpt2: Model) -> None:
    tokens = some_tokens(5, 8)
    data = Sequences.of(tokens, torch.rand(5, 8, generator=torch.Generator().manual_seed(0)) < 0.8)
    dictionary = random(WIDTH, 24, dtype=torch.float32)
    found = gathered(data, events(gpt2, dictionary, SITE, data, batch=2), vocabulary=VOCABULARY, width=24)
    wanted = build(gpt2, dictionary, SITE, data)
    assert graph(found) == wanted
    assert (found.token_counts == wanted.occurrences).all()


@pytest.mark.parametrize(
    ("event", "says"),
    [((2, 0, 1), "another text"), ((1, 0, 9), "another text"), ((5, 0, 3), "does not count"), ((0, 0, 5), "not count")],
)
def test_events_of_another_text_or_of_what_does_not_count_are_refused(event: tuple[int, int, int], says: str) -> None:
    with pytest.raises(ShapeError, match=says):
        gathered(text(), [some(event)], vocabulary=6, width=4)
    with pytest.raises(ShapeError, match="no latent is active"):
        gathered(text(), [], vocabulary=6, width=4)
