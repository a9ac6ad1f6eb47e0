from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

import interp
from interp import Model, ModelError, ShapeError
from interp.ablation.boundaries import conditional
from interp.ablation.fitting import conditional_means
from interp.ablation.keys import Keys, by_token, with_first
from interp.last_token.engine import Engine
from interp.last_token.reference import reference
from interp.last_token.setting import AllForOne
from tests.architectures import ARCHITECTURES
from tests.conftest import untouched
from tests.interp.last_token.deep import BLOCKS, deep, with_beginning, without_beginning

SETTINGS = [
    AllForOne(1, 2),
    AllForOne(3, 0),
    AllForOne(2, 2, last_n=2),
    AllForOne(1, 3, sink=False, heads={1: frozenset({0, 3}), 2: frozenset()}),
]
"""For every architecture."""
FURTHER = [
    AllForOne(0, 0),
    AllForOne(0, 4),
    AllForOne(2, 1),
    AllForOne(4, 0),
    AllForOne(1, 2, last_n=1),
    AllForOne(0, 1, sink=False, last_n=2),
    AllForOne(1, 2, heads={1: frozenset({0, 3}), 2: frozenset()}),
    AllForOne(1, 2, sink=False, last_n=3, heads={2: frozenset({1})}),
]
"""For one: what they vary, the architecture knows nothing of."""


@pytest.fixture(params=ARCHITECTURES)
def four(request: pytest.FixtureRequest) -> Iterator[Model]:
    """Each architecture with four blocks."""
    yield from untouched(deep(request.param))


@pytest.fixture
def small() -> Iterator[Model]:
    """One architecture with four blocks."""
    yield from untouched(deep("llama"))


def engine(model: Model, tokens: Tensor, keys: Keys = by_token, batch: int = 16) -> Engine:
    return Engine(model, conditional_means(model, tokens, keys=keys), batch=batch)


PROMPTS = [(with_beginning(), by_token), (without_beginning(), with_first)]


@pytest.mark.parametrize(("tokens", "keys"), PROMPTS)
def test_the_engine_says_what_edits_on_the_whole_model_say(four: Model, tokens: Tensor, keys: Keys) -> None:
    require_equal(four, tokens, keys, SETTINGS)


@pytest.mark.parametrize(("tokens", "keys"), PROMPTS)
def test_it_does_so_for_settings_of_every_kind(small: Model, tokens: Tensor, keys: Keys) -> None:
    require_equal(small, tokens, keys, FURTHER)


def require_equal(model: Model, tokens: Tensor, keys: Keys, settings: list[AllForOne]) -> None:
    """Fail unless the engine gives the reference's logits and answers."""
    ours = engine(model, tokens, keys)
    for setting in settings:
        truth = reference(model, tokens, setting, conditional(ours.means))
        found = ours.logits(tokens, setting)
        torch.testing.assert_close(found, truth, rtol=0, atol=1e-4)
        assert torch.equal(found.argmax(-1), truth.argmax(-1)), setting


def test_predictions_are_the_largest_logits_of_each_setting(small: Model) -> None:
    tokens = with_beginning()
    ours = engine(small, tokens)
    settings = [AllForOne(2, 2), AllForOne(1, 0), AllForOne(2, 1)]
    assert torch.equal(
        ours.predictions(tokens, settings), torch.stack([ours.logits(tokens, one).argmax(-1) for one in settings])
    )


def test_neither_batches_nor_company_change_a_prompts_logits(small: Model) -> None:
    tokens = with_beginning()
    ours, setting = engine(small, tokens, batch=1000), AllForOne(1, 2)
    whole = ours.logits(tokens, setting)
    torch.testing.assert_close(ours.logits(tokens.flip(0), setting).flip(0), whole)
    torch.testing.assert_close(ours.logits(tokens[7:8], setting), whole[7:8])
    torch.testing.assert_close(engine(small, tokens, batch=3).logits(tokens, setting), whole)
    # Keys and values that an earlier call kept serve prompts whose tokens it has not seen, too.
    fresh = Engine(small, ours.means)
    fresh.logits(tokens[:2], setting)
    torch.testing.assert_close(fresh.logits(tokens, setting), whole)


def test_waiting_for_nothing_and_peeking_in_every_block_is_another_model_only_in_what_others_see(small: Model) -> None:
    """With two tokens nobody but the last could see others: then it is the model itself."""
    tokens = with_beginning()[:, :2].contiguous()
    logits = engine(small, tokens).logits(tokens, AllForOne(0, BLOCKS))
    torch.testing.assert_close(logits, small(tokens)[:, -1].detach(), rtol=0, atol=1e-5)


@pytest.mark.parametrize("positions", [1, 2, 3])
@pytest.mark.parametrize("sink", [True, False])
def test_short_prompts_have_fewer_or_no_others(small: Model, positions: int, sink: bool) -> None:
    tokens = with_beginning()[:, :positions].contiguous()
    ours = engine(small, tokens)
    for setting in (AllForOne(1, 0, sink=sink), AllForOne(1, 3, sink=sink), AllForOne(0, 4, last_n=1, sink=sink)):
        truth = reference(small, tokens, setting, conditional(ours.means))
        torch.testing.assert_close(ours.logits(tokens, setting), truth, rtol=0, atol=1e-4)


def test_keys_that_do_not_determine_the_first_token_serve_only_without_a_sink(small: Model) -> None:
    tokens = without_beginning()
    ours = engine(small, tokens)
    with pytest.raises(ModelError, match="keys=with_first"):
        ours.logits(tokens, AllForOne(1, 1))
    truth = reference(small, tokens, AllForOne(1, 1, sink=False), conditional(ours.means))
    found = ours.logits(tokens, AllForOne(1, 1, sink=False))
    torch.testing.assert_close(found, truth, rtol=0, atol=1e-4)


def test_a_key_that_was_seen_with_another_first_token_is_refused_too(small: Model) -> None:
    fit = torch.tensor([[1, 9, 5, 10], [2, 9, 6, 10]])
    ours = engine(small, fit)
    with pytest.raises(ModelError, match="which one that is"):
        ours.logits(torch.tensor([[1, 9, 6, 10]]), AllForOne(1, 1))


def test_what_cannot_be_served_is_refused_with_the_reason(small: Model) -> None:
    tokens = with_beginning()
    ours = engine(small, tokens)
    with pytest.raises(ShapeError, match="more than the 4 blocks"):
        ours.logits(tokens, AllForOne(3, 2))
    with pytest.raises(ShapeError, match=r"heads \[4\] of block 1"):
        ours.logits(tokens, AllForOne(1, 1, heads={1: frozenset({4})}))
    with pytest.raises(interp.InterpError, match="position 1"):
        ours.logits(torch.tensor([[0, 30, 9, 1, 10]]), AllForOne(1, 1))
    with pytest.raises(interp.InterpError, match="5 tokens"):
        ours.logits(tokens[:, :4], AllForOne(1, 1))
    with pytest.raises(ModelError, match="other weights"):
        Engine(deep("gpt2"), ours.means)
    with pytest.raises(ShapeError, match="batch"):
        Engine(small, ours.means, batch=0)


def test_a_sliding_window_shorter_than_the_prompts_is_refused_where_it_counts() -> None:
    model, tokens = deep("gemma2", window=3), with_beginning()
    ours = engine(model, tokens)
    with pytest.raises(ModelError, match=r"blocks \[2\] .* sliding window"):
        ours.logits(tokens, AllForOne(1, 1))
    truth = reference(model, tokens, AllForOne(3, 1), conditional(ours.means))
    torch.testing.assert_close(ours.logits(tokens, AllForOne(3, 1)), truth, rtol=0, atol=1e-4)


def test_edits_and_captures_are_refused_where_there_are_no_sequences(small: Model) -> None:
    tokens = with_beginning()
    ours = engine(small, tokens)
    with interp.edited(small, interp.knockout(2, keys=0)), pytest.raises(ModelError, match="no sequence"):
        ours.logits(tokens, AllForOne(1, 1))
    with interp.edited(small, interp.zero_ablate(interp.mlp_out(3), at=-1)), pytest.raises(ModelError, match="edits"):
        ours.logits(tokens, AllForOne(1, 1))
    with interp.watch(small, interp.resid(3)), pytest.raises(ModelError, match="captures"):
        ours.logits(tokens, AllForOne(1, 1))


def test_counted_token_layers_are_those_that_were_run(small: Model) -> None:
    """All pairs of operands: every prompt differs, and all rows are in use."""
    values = torch.arange(1, 8)
    pairs = torch.cartesian_prod(values, values)
    tokens = with_beginning(len(pairs))
    tokens[:, [1, 3]] = pairs
    ours, passed = engine(small, tokens), [0]

    def count(_: nn.Module, given: tuple[Tensor, ...]) -> None:
        passed[0] += given[0].shape[1]

    handles = [block.register_forward_pre_hook(count) for block in small.blocks]
    try:
        for setting in SETTINGS + FURTHER:
            if setting.last_n is not None and setting.last_n > 1:
                continue  # the last token cannot tell all prompts apart
            ours.forget()
            passed[0] = 0
            ours.logits(tokens, setting)
            assert passed[0] == ours.cost(setting, len(tokens), 5), setting
    finally:
        for handle in handles:
            handle.remove()
