from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
import torch
from torch import Tensor

import interp
from interp import Model, ModelError, ShapeError, Site
from interp.ablation.boundaries import Boundary, nothing
from interp.last_token.reference import edits, last_logits, reference, wait_only
from interp.last_token.setting import AllForOne, triangle
from tests.architectures import CONTEXT, HEADS, POSITIONS, VOCABULARY, WIDTH, fresh, some_tokens
from tests.interp.models.test_reach import bloom
from tests.reference import reference as recomputed

TOKENS, DEEPER, LAST = some_tokens(batch=2), 3, POSITIONS - 1
TABLE = torch.randn(VOCABULARY, CONTEXT, WIDTH, generator=torch.Generator().manual_seed(7))
Sees = Callable[[int, int, int, int], bool]


def by_table(depth: int, tokens: Tensor) -> Tensor:
    """States that know what stands where and nothing else, other ones at each depth."""
    states: Tensor = TABLE[tokens, torch.arange(tokens.shape[1])] * (depth + 1)
    return states


TABLED = Boundary("table", by_table)


@cache
def deeper(name: str) -> Model:
    """A model with a block to wait, one to peek, and one after them."""
    blocks = "n_layer" if name.startswith("gpt") else "num_hidden_layers"
    settings: dict[str, Any] = {blocks: DEEPER}
    if name in ("gemma2", "gemma3"):
        settings["layer_types"] = ["sliding_attention", "full_attention", "sliding_attention"]
    return interp.load(fresh(name, **settings))


def rule(setting: AllForOne, others_peek: bool = False) -> Sees:
    """Who sees whom, said edge by edge: block, head, query, key."""

    def sees(layer: int, head: int, query: int, key: int) -> bool:
        if key == query or (key == 0 and setting.sink):
            return True
        if query != LAST:
            return others_peek
        peeks = setting.wait <= layer < setting.wait + setting.transfer
        if layer in setting.heads and head not in setting.heads[layer]:
            return False
        return peeks and (setting.last_n is None or LAST - key < setting.last_n)

    return sees


def masked(layers: range, sees: Sees) -> dict[Site, Callable[[Tensor], Tensor]]:
    """Changes of the scores of `layers` by a rule, edge by edge."""

    def change(layer: int) -> Callable[[Tensor], Tensor]:
        edges = [
            [[sees(layer, head, query, key) for key in range(POSITIONS)] for query in range(POSITIONS)]
            for head in range(HEADS)
        ]
        return lambda scores: scores.masked_fill(~torch.tensor(edges), -torch.inf)

    return {interp.scores(layer): change(layer) for layer in layers}


def by_hand(model: Model, setting: AllForOne, others_peek: bool = False) -> Tensor:
    """AF1 after the table, computed anew from the weights."""
    changes = masked(range(setting.wait, model.depth), rule(setting, others_peek))
    changes[interp.resid(setting.wait)] = lambda _: by_table(setting.wait, TOKENS).double()
    return recomputed(model.hf, TOKENS, changes)[1][:, -1]


def require_close(found: Tensor, truth: Tensor) -> None:
    torch.testing.assert_close(found.double(), truth.double(), rtol=5e-5, atol=5e-5)


@torch.no_grad()
def test_every_setting_gives_the_logits_of_the_recomputation_with_hand_made_masks(model: Model) -> None:
    for setting in triangle(model.depth):
        require_close(reference(model, TOKENS, setting, TABLED), by_hand(model, setting))


SETTINGS = {
    "one of each": AllForOne(1, 1),
    "the last two tokens": AllForOne(1, 1, last_n=2),
    "the last three in two blocks": AllForOne(0, 2, last_n=3),
    "no sink": AllForOne(1, 1, sink=False),
    "no sink, last two": AllForOne(0, 2, last_n=2, sink=False),
    "one head": AllForOne(1, 1, heads={1: frozenset({2})}),
    "heads of two blocks, no sink": AllForOne(0, 2, sink=False, heads={0: frozenset({0, 3}), 1: frozenset()}),
    "some heads see two": AllForOne(1, 2, last_n=2, heads={2: frozenset({1, 2, 3})}),
}


@torch.no_grad()
@pytest.mark.parametrize("case", SETTINGS)
def test_every_variation_does_what_its_rule_says_edge_by_edge(name: str, case: str) -> None:
    found, truth = reference(deeper(name), TOKENS, SETTINGS[case], TABLED), by_hand(deeper(name), SETTINGS[case])
    require_close(found, truth)


@torch.no_grad()
def test_other_tokens_may_attend_as_usual(name: str) -> None:
    model = deeper(name)
    for setting in (AllForOne(1, 1), AllForOne(0, 2, last_n=2, sink=False), SETTINGS["one head"]):
        require_close(reference(model, TOKENS, setting, TABLED, others_peek=True), by_hand(model, setting, True))


@torch.no_grad()
@pytest.mark.parametrize("sink", [True, False])
def test_self_only_attention_may_take_the_place_of_a_boundary(name: str, sink: bool) -> None:
    model = deeper(name)
    for setting in (AllForOne(1, 1, sink=sink), AllForOne(2, 1, last_n=3, sink=sink), AllForOne(3, 0, sink=sink)):
        sees = rule(setting)
        _, truth = recomputed(model.hf, TOKENS, masked(range(model.depth), sees))
        require_close(reference(model, TOKENS, setting, None, self_only_before=True), truth[:, -1])


@torch.no_grad()
def test_nothing_replaced_and_the_last_token_seeing_all_is_the_model_whose_other_tokens_are_alone(name: str) -> None:
    model = deeper(name)
    _, truth = recomputed(
        model.hf, TOKENS, masked(range(DEEPER), lambda _, __, query, key: query in (LAST, key) or key == 0)
    )
    require_close(reference(model, TOKENS, AllForOne(0, DEEPER), nothing(model)), truth[:, -1])
    whole = reference(model, TOKENS, AllForOne(0, DEEPER), nothing(model), others_peek=True)
    require_close(whole, model(TOKENS)[:, -1])


@torch.no_grad()
def test_to_wait_for_nothing_is_the_model_itself(name: str) -> None:
    model = deeper(name)
    for depth in range(DEEPER + 1):
        require_close(wait_only(model, TOKENS, depth, nothing(model)), model(TOKENS)[:, -1])


@torch.no_grad()
def test_what_is_not_peeked_at_runs_as_usual_when_only_waiting(name: str) -> None:
    model = deeper(name)
    for depth in range(DEEPER + 1):
        change = {interp.resid(depth): lambda _, depth=depth: by_table(depth, TOKENS).double()}
        require_close(wait_only(model, TOKENS, depth, TABLED), recomputed(model.hf, TOKENS, change)[1][:, -1])


@torch.no_grad()
def test_when_every_block_waits_only_the_unembedding_is_left(model: Model) -> None:
    truth = model.unembed(by_table(model.depth, TOKENS)[:, -1])
    require_close(reference(model, TOKENS, AllForOne(model.depth, 0), TABLED), truth)
    require_close(wait_only(model, TOKENS, model.depth, TABLED), truth)


@torch.no_grad()
@pytest.mark.parametrize("sink", [True, False])
def test_to_see_the_last_token_alone_is_to_transfer_nothing(name: str, sink: bool) -> None:
    model = deeper(name)
    one = reference(model, TOKENS, AllForOne(1, 2, last_n=1, sink=sink), TABLED)
    assert torch.equal(one, reference(model, TOKENS, AllForOne(1, 0, sink=sink), TABLED))


@torch.no_grad()
def test_more_last_tokens_than_there_are_and_all_heads_are_no_restriction(gpt2: Model) -> None:
    plain = reference(gpt2, TOKENS, AllForOne(0, 1), TABLED)
    for setting in (AllForOne(0, 1, last_n=POSITIONS + 3), AllForOne(0, 1, heads={0: frozenset(range(HEADS))})):
        assert torch.equal(reference(gpt2, TOKENS, setting, TABLED), plain)
    none = reference(gpt2, TOKENS, AllForOne(0, 1, heads={0: frozenset()}), TABLED)
    assert torch.equal(none, reference(gpt2, TOKENS, AllForOne(0, 0), TABLED))


@torch.no_grad()
def test_blocks_that_wait_have_no_influence(name: str) -> None:
    model = deeper(name)
    other = interp.load(deepcopy(model.hf))
    for block in other.blocks[:2]:
        for weight in block.parameters():
            weight.mul_(-1.5).add_(0.1)
    assert (other(TOKENS) - model(TOKENS)).abs().max() > 1e-3
    for setting in (AllForOne(2, 1), AllForOne(3, 0)):
        assert torch.equal(reference(other, TOKENS, setting, TABLED), reference(model, TOKENS, setting, TABLED))
    assert torch.equal(wait_only(other, TOKENS, 2, TABLED), wait_only(model, TOKENS, 2, TABLED))


@torch.no_grad()
def test_without_transfer_nothing_of_the_other_tokens_arrives(name: str) -> None:
    """The sink is the only other token that the last one sees, and the last slot's states are those of its token."""
    model, others = deeper(name), TOKENS.clone()
    others[:, 1:-1] = (others[:, 1:-1] + 1) % VOCABULARY
    alone = reference(model, TOKENS, AllForOne(1, 0), TABLED)
    assert torch.equal(reference(model, others, AllForOne(1, 0), TABLED), alone)
    seen = reference(model, TOKENS, AllForOne(1, 1), TABLED)
    assert (reference(model, others, AllForOne(1, 1), TABLED) - seen).abs().max() > 1e-3


@torch.no_grad()
def test_batch_size_does_not_matter(gpt2: Model) -> None:
    tokens, setting = some_tokens(batch=7), AllForOne(1, 1)
    whole, waited = reference(gpt2, tokens, setting, TABLED), wait_only(gpt2, tokens, 1, TABLED)
    alone = reference(gpt2, tokens, setting, None, self_only_before=True)
    for batch in (1, 3, 7, 100):
        require_close(reference(gpt2, tokens, setting, TABLED, batch=batch), whole)
        require_close(wait_only(gpt2, tokens, 1, TABLED, batch=batch), waited)
        require_close(reference(gpt2, tokens, setting, None, self_only_before=True, batch=batch), alone)


def test_the_model_never_runs_more_prompts_than_a_batch_and_the_boundary_is_asked_for_as_many(gpt2: Model) -> None:
    ran: list[int] = []
    asked: list[int] = []

    def count(depth: int, tokens: Tensor) -> Tensor:
        asked.append(len(tokens))
        return by_table(depth, tokens)

    counting = Boundary("counting", count)
    reference(gpt2, some_tokens(batch=1), AllForOne(0, 1), counting)  # the attention is looked at once
    asked.clear()
    handle = gpt2.blocks[0].register_forward_pre_hook(lambda _, arguments: ran.append(len(arguments[0])))
    reference(gpt2, some_tokens(batch=7), AllForOne(0, 1), counting, batch=3)
    handle.remove()
    assert asked == ran == [3, 3, 1]


def test_no_graph_is_kept(gpt2: Model) -> None:
    assert not reference(gpt2, TOKENS, AllForOne(1, 1), TABLED).requires_grad
    assert not wait_only(gpt2, TOKENS, 1, TABLED).requires_grad


@torch.no_grad()
def test_one_token_alone_is_a_prompt(gpt2: Model) -> None:
    one = TOKENS[:, :1]
    for setting in (AllForOne(0, 2), AllForOne(0, 2, sink=False), AllForOne(0, 0)):
        require_close(reference(gpt2, one, setting, nothing(gpt2)), gpt2(one)[:, -1])


def test_the_peeks_are_one_for_each_block_that_does_not_wait() -> None:
    assert [edit.site for edit in edits(AllForOne(1, 1), 4, POSITIONS)] == [interp.scores(layer) for layer in (1, 2, 3)]
    assert edits(AllForOne(4, 0), 4, POSITIONS) == []


def test_settings_that_do_not_fit_are_errors_before_the_boundary_is_asked(gpt2: Model) -> None:
    def never(depth: int, tokens: Tensor) -> Tensor:
        raise AssertionError((depth, tokens))

    boundary = Boundary("never", never)
    wrong = [
        (AllForOne(3, 0), "wait 3 and transfer 0 are more than the 2 blocks"),
        (AllForOne(1, 2), "can be 0 to 1"),
        (AllForOne(1, 1, heads={0: frozenset({1})}), r"blocks \[0\], which do not peek"),
        (AllForOne(0, 1, heads={0: frozenset({1, HEADS})}), r"heads \[4\] of block 0, which has heads 0 to 3"),
        (AllForOne(0, 1, heads={0: frozenset({-1})}), r"heads \[-1\] of block 0"),
    ]
    for setting, complaint in wrong:
        with pytest.raises(ShapeError, match=complaint):
            reference(gpt2, TOKENS, setting, boundary)
    for depth in (3, -1):
        with pytest.raises(ShapeError, match=f"wait {depth}|0 or more, not {depth}"):
            wait_only(gpt2, TOKENS, depth, boundary)
    for batch in (0, -2):
        with pytest.raises(ShapeError, match="batch must be 1 or more"):
            reference(gpt2, TOKENS, AllForOne(1, 1), boundary, batch=batch)
        with pytest.raises(ShapeError, match="batch must be 1 or more"):
            last_logits(gpt2, TOKENS, [], batch=batch)
    with pytest.raises(ShapeError, match="say how many heads"):
        edits(AllForOne(0, 1, heads={0: frozenset({1})}), 2, POSITIONS)


def test_there_is_a_boundary_or_self_only_attention_but_not_both(gpt2: Model) -> None:
    with pytest.raises(ShapeError, match="either a boundary or self_only_before"):
        reference(gpt2, TOKENS, AllForOne(1, 1), None)
    with pytest.raises(ShapeError, match="either a boundary or self_only_before"):
        reference(gpt2, TOKENS, AllForOne(1, 1), TABLED, self_only_before=True)


def test_states_that_cannot_stand_there_are_errors(gpt2: Model, unchecked: None) -> None:
    short = Boundary("short", lambda depth, tokens: by_table(depth, tokens)[:, 1:])
    with pytest.raises(ShapeError, match=r"short gave states \[2, 6, 32\] where \[2, 7, 32\] are needed"):
        reference(gpt2, TOKENS, AllForOne(1, 1), short)
    spoilt = Boundary("spoilt", lambda depth, tokens: by_table(depth, tokens) * torch.nan)
    with pytest.raises(ShapeError, match="NaN"):
        wait_only(gpt2, TOKENS, 1, spoilt)


def test_tokens_that_the_model_cannot_read_are_errors(gpt2: Model) -> None:
    for wrong, complaint in ((TOKENS + VOCABULARY, "not in the vocabulary"), (TOKENS[:0], "empty")):
        with pytest.raises(ShapeError, match=complaint):
            reference(gpt2, wrong, AllForOne(1, 1), TABLED)
        with pytest.raises(ShapeError, match=complaint):
            wait_only(gpt2, wrong, 1, TABLED)


@torch.no_grad()
def test_where_attention_cannot_be_reached_waiting_works_and_peeking_is_an_error() -> None:
    model = bloom()
    with pytest.raises(ModelError, match="cannot be reached"):
        reference(model, TOKENS, AllForOne(1, 1), TABLED)
    require_close(wait_only(model, TOKENS, 1, nothing(model)), model(TOKENS)[:, -1])
    require_close(reference(model, TOKENS, AllForOne(2, 0), nothing(model)), model(TOKENS)[:, -1])
