from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

import interp
from interp import Model
from interp.ablation.fitting import conditional_means
from interp.ablation.keys import Keys, by_token, with_first
from interp.last_token.streams import Seen
from interp.models.reach import reached
from interp.peeking.keep import itself, with_sink
from interp.peeking.peek import peek
from tests.conftest import untouched
from tests.interp.last_token.deep import BLOCKS, deep, with_beginning, without_beginning

WAIT = 1


@pytest.fixture
def small() -> Iterator[Model]:
    """One architecture with four blocks and fewer key-value heads than heads."""
    yield from untouched(deep("llama"))


@pytest.mark.parametrize(
    ("tokens", "keys", "sink"),
    [
        (with_beginning(9), by_token, True),
        (without_beginning(9), with_first, True),
        (with_beginning(9), by_token, False),
    ],
)
@torch.no_grad()
def test_keys_and_values_are_those_of_the_whole_model(small: Model, tokens: Tensor, keys: Keys, sink: bool) -> None:
    """When everybody sees the sink and itself from the wait on; from the second layer on a token has seen the sink."""
    means = conditional_means(small, tokens, keys=keys)
    positions = tokens.shape[1]
    keep = with_sink(itself(positions)) if sink else itself(positions)
    edits = [interp.replace(interp.resid(WAIT), means.at(interp.resid(WAIT), tokens))]
    with interp.edited(small, *edits, *(peek(layer, keep) for layer in range(WAIT, BLOCKS))):
        acts = interp.capture(small, tokens, [kind(3) for kind in (interp.rot_k, interp.v)])
    rows = means.rows(tokens)
    seen = Seen(small, means, WAIT, rows, sink, batch=4)
    with reached(small):
        beside = seen.beside(3, rows[:, :-1])
        torch.testing.assert_close(beside.keys, acts[interp.rot_k(3)][:, :-1], rtol=0, atol=1e-5)
        torch.testing.assert_close(beside.values, acts[interp.v(3)][:, :-1], rtol=0, atol=1e-5)
        if sink:
            alone = seen.beside(3, rows, only_sink=True)
            truth = acts[interp.rot_k(3)][:, :1]
            torch.testing.assert_close(alone.keys.expand_as(truth), truth, rtol=0, atol=1e-5)


def test_it_knows_which_prompts_it_can_serve(small: Model) -> None:
    tokens = with_beginning(30)
    means = conditional_means(small, tokens)
    rows = means.rows(tokens)
    few = Seen(small, means, WAIT, rows[:1], sink=True, batch=4)
    assert few.covers(rows[:1])
    assert not few.covers(rows)
    assert Seen(small, means, WAIT, rows, sink=True, batch=4).covers(rows[5:])
