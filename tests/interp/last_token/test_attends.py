import numpy as np
import pytest
import torch
from torch import Tensor

import interp
from interp import Model, ShapeError, UnknownNameError
from interp.ablation.boundaries import Boundary, nothing, zero
from interp.last_token.attends import Attention, attends, attends_inside, concentration
from interp.last_token.heads import Head
from interp.last_token.reference import reference
from interp.last_token.setting import AllForOne
from interp.stats import bootstrap
from tests.architectures import some_tokens

TOKENS = some_tokens(6, 5)
SLOTS = ["bos", "A", "+", "B", "="]


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@torch.no_grad()
def test_in_the_full_model_it_is_the_last_row_of_the_pattern(model: Model) -> None:
    found = attends(model, TOKENS, [1, 0, 1])
    assert found.layers == [0, 1]
    assert found.weights.shape == (6, 2, model.heads, 5)
    acts = interp.capture(model, TOKENS, [interp.pattern(0), interp.pattern(1)])
    for layer in (0, 1):
        torch.testing.assert_close(found.weights[:, layer], acts[interp.pattern(layer)][:, :, -1])
        torch.testing.assert_close(found.of(Head(layer, 2)), found.weights[:, layer, 2])
    torch.testing.assert_close(found.weights.sum(-1), torch.ones(6, 2, model.heads))
    torch.testing.assert_close(found.mean, found.weights.mean(0))


@pytest.mark.parametrize("batch", [1, 4, 100])
def test_it_does_not_depend_on_how_many_run_at_a_time(gpt2: Model, batch: int) -> None:
    setting = AllForOne(1, 1)
    torch.testing.assert_close(attends(gpt2, TOKENS, [0], batch=batch).weights, attends(gpt2, TOKENS, [0]).weights)
    many, one = (attends_inside(gpt2, TOKENS, setting, nothing(gpt2), batch=size).weights for size in (100, batch))
    torch.testing.assert_close(one, many)


@torch.no_grad()
def test_inside_the_subgraph_it_is_what_a_model_with_those_edges_removed_attends_to(gpt2: Model) -> None:
    setting, boundary = AllForOne(0, 2), nothing(gpt2)
    found = attends_inside(gpt2, TOKENS, setting, boundary)
    assert found.layers == [0, 1]
    # The same by edges removed instead of kept: all between tokens but those of the last and those to the first.
    gone = torch.ones(5, 5, dtype=torch.bool).tril(-1)
    gone[-1], gone[:, 0] = False, False
    with interp.edited(gpt2, interp.knockout(0, edges=gone), interp.knockout(1, edges=gone)):
        acts = interp.capture(gpt2, TOKENS, [interp.pattern(0), interp.pattern(1)], at=-1)
    for layer in (0, 1):
        torch.testing.assert_close(found.weights[:, layer], acts[interp.pattern(layer)])
    # In the first block nothing has been cut off yet; in the second the others know less.
    whole = attends(gpt2, TOKENS, [0, 1])
    torch.testing.assert_close(found.weights[:, 0], whole.weights[:, 0])
    assert not torch.allclose(found.weights[:, 1], whole.weights[:, 1], atol=1e-3)


def test_the_boundary_is_what_the_heads_read(gpt2: Model) -> None:
    found = attends_inside(gpt2, TOKENS, AllForOne(1, 1), zero(gpt2)).weights
    # Equal states everywhere: equal keys, so that every position gets the same.
    torch.testing.assert_close(found, torch.full_like(found, 1 / 5))


def test_a_boundary_is_asked_once_for_all_prompts(gpt2: Model) -> None:
    asked: list[int] = []

    def states(depth: int, tokens: Tensor) -> Tensor:
        asked.append(len(tokens))
        return zero(gpt2).states(depth, tokens)

    attends_inside(gpt2, TOKENS, AllForOne(1, 1), Boundary("watched", states), batch=2)
    assert asked == [6]


def test_heads_that_do_not_peek_and_slots_that_are_not_seen_get_what_the_setting_leaves_them(gpt2: Model) -> None:
    listed = AllForOne(1, 1, heads={1: frozenset({0, 2})})
    found = attends_inside(gpt2, TOKENS, listed, nothing(gpt2)).weights[:, 0]
    assert (found[:, [1, 3]][:, :, 1:4] == 0).all()
    assert (found[:, [0, 2]] > 0).all()
    near = attends_inside(gpt2, TOKENS, AllForOne(1, 1, last_n=2), nothing(gpt2)).weights
    assert ((near > 0) == torch.tensor([True, False, False, True, True])).all()
    free = attends_inside(gpt2, TOKENS, AllForOne(1, 1, last_n=2, sink=False), nothing(gpt2)).weights
    assert ((free > 0) == torch.tensor([False, False, False, True, True])).all()


def test_the_patterns_are_those_behind_the_logits_of_the_reference(gpt2: Model) -> None:
    setting, boundary = AllForOne(1, 1), nothing(gpt2)
    weights = attends_inside(gpt2, TOKENS, setting, boundary).of(Head(1, 3))
    seen: list[Tensor] = []

    def look(part: Tensor) -> Tensor:
        seen.append(part[:, 0])
        return part

    with interp.edited(gpt2, interp.Edit(interp.pattern(1), look, at=[-1], heads=[3])):
        reference(gpt2, TOKENS, setting, boundary)
    torch.testing.assert_close(torch.cat(seen).reshape(6, 5), weights)


def test_blocks_that_are_not_there_or_do_not_peek_are_refused(gpt2: Model) -> None:
    with pytest.raises(ShapeError, match="no block is to be looked into"):
        attends_inside(gpt2, TOKENS, AllForOne(1, 0), nothing(gpt2))
    with pytest.raises(ShapeError, match="more than the 2 blocks"):
        attends_inside(gpt2, TOKENS, AllForOne(1, 2), nothing(gpt2))
    with pytest.raises(UnknownNameError, match="has 2 blocks"):
        attends(gpt2, TOKENS, [2])
    with pytest.raises(ShapeError, match="batch must be 1 or more"):
        attends(gpt2, TOKENS, [0], batch=0)
    with pytest.raises(ShapeError, match=r"captured in blocks \[1\], not in block 0"):
        Attention([1], torch.ones(1, 1, 1, 1)).of(Head(0, 0))


def test_concentration_counted_by_hand() -> None:
    weights = torch.tensor([[0.5, 0.3, 0.0, 0.1, 0.1], [0.0, 0.1, 0.2, 0.7, 0.0]])
    found = concentration(weights, SLOTS, rng())
    # A gets 0.4, + gets 0.2, B gets 0.8 of the 1.4 that goes there.
    assert (found.position, found.slot) == (3, "B")
    assert found.share.value == pytest.approx(0.8 / 1.4)
    assert found.total.value == pytest.approx(0.7)
    operands = concentration(weights, SLOTS, rng(), among=["A", "B"])
    assert operands.share.value == pytest.approx(0.8 / 1.2)
    assert operands.total.value == pytest.approx(0.6)
    assert concentration(weights, SLOTS, rng(), among=["bos"]).share == (1.0, 1.0, 1.0, 2)


def test_its_interval_is_a_bootstrap_of_a_ratio_of_sums() -> None:
    weights = torch.rand(40, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    weights[:, 3] += 1
    found, there = concentration(weights, SLOTS, rng()), weights[:, 1:4].numpy()
    assert found.share == bootstrap(there[:, 2], there.sum(1), rng())
    assert found.share.low < found.share.value < found.share.high


def test_an_even_spread_has_the_share_of_chance_and_its_first_slot() -> None:
    found = concentration(torch.full((3, 5), 0.2), SLOTS, rng())
    assert (found.position, found.slot) == (1, "A")
    assert found.share.value == pytest.approx(1 / 3)
    assert concentration(torch.full((1, 5), 0.2), SLOTS, rng()).share.n == 1


def test_names_may_repeat_and_positions_are_counted_apart() -> None:
    weights = torch.tensor([[0.1, 0.1, 0.2, 0.1, 0.4, 0.1]])
    found = concentration(weights, ["bos", "A", "+", "B", "+", "="], rng(), among=["+"])
    assert (found.position, found.slot) == (4, "+")
    assert found.share.value == pytest.approx(0.4 / 0.6)


def test_a_head_that_looks_at_none_of_the_slots_has_no_share() -> None:
    found = concentration(torch.tensor([[0.5, 0.0, 0.0, 0.0, 0.5]]), SLOTS, rng())
    assert np.isnan(found.share.value)
    assert found.total == (0.0, 0.0, 0.0, 1)


def test_bad_slots_are_refused() -> None:
    weights = torch.full((2, 5), 0.2)
    with pytest.raises(ShapeError, match="name each of the 5 positions, got 4"):
        concentration(weights, SLOTS[1:], rng())
    with pytest.raises(UnknownNameError, match="unknown slot 'C'"):
        concentration(weights, SLOTS, rng(), among=["A", "C"])
    with pytest.raises(ShapeError, match="no slot is left"):
        concentration(weights, SLOTS, rng(), among=[])
    with pytest.raises(ShapeError, match="no slot is left"):
        concentration(weights[:, :2], SLOTS[:2], rng())
