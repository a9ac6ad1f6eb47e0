from collections.abc import Sequence
from itertools import product

import pytest
import torch
from torch import Tensor

import interp
from interp import Edit, Model, ModelError, ShapeError, UnknownNameError
from interp.peeking import everything, itself, with_sink
from tests.architectures import HEADS, POSITIONS, some_tokens
from tests.interp.models.test_reach import bloom
from tests.reference import reference

TOKENS = some_tokens()


def some_lists(heads: int, seed: int = 1) -> Tensor:
    """A random keep-list for each head; every token keeps itself."""
    drawn = torch.rand(heads, POSITIONS, POSITIONS, generator=torch.Generator().manual_seed(seed)) < 0.4
    return drawn.tril() | itself(POSITIONS)


def slow_z(scores: Tensor, values: Tensor, keep: Tensor) -> Tensor:
    """z [batch, position, head, d_head]: one query of one head at a time, a softmax over the keys that it keeps."""
    batch, heads, positions, _ = scores.shape
    scores, values = scores.double(), values.double()
    z = torch.zeros(batch, positions, heads, values.shape[-1], dtype=torch.float64)
    for row, head, query in product(range(batch), range(heads), range(positions)):
        keys = [
            key for key in range(query + 1) if keep[head, query, key] and scores[row, head, query, key] > -torch.inf
        ]
        weights = scores[row, head, query, keys].exp()
        z[row, query, head] = weights / weights.sum() @ values[row, keys, head * values.shape[2] // heads]
    return z


@torch.no_grad()
def under(model: Model, edits: Sequence[Edit]) -> Tensor:
    with interp.edited(model, *edits):
        return model(TOKENS)


@torch.no_grad()
def test_z_is_the_softmax_over_the_kept_keys_one_query_at_a_time(model: Model) -> None:
    some = TOKENS[:1]
    for layer in range(model.depth):
        plain = interp.capture(model, some, [interp.scores(layer), interp.v(layer)])
        for keep in (some_lists(HEADS), with_sink(itself(POSITIONS))):
            with interp.edited(model, interp.peek(layer, keep)):
                z = interp.capture(model, some, interp.z(layer))[interp.z(layer)]
            lists = keep.expand(HEADS, POSITIONS, POSITIONS)
            truth = slow_z(plain[interp.scores(layer)], plain[interp.v(layer)], lists)
            torch.testing.assert_close(z.double(), truth, rtol=2e-5, atol=2e-5)


@torch.no_grad()
def test_logits_are_those_of_the_recomputation_with_the_same_masks_in_all_blocks(model: Model) -> None:
    lists = [some_lists(HEADS, seed=layer) for layer in range(model.depth)]
    logits = under(model, [interp.peek(layer, keep) for layer, keep in enumerate(lists)])
    changes = {
        interp.scores(layer): lambda scores, keep=keep: scores.masked_fill(~keep, -torch.inf)
        for layer, keep in enumerate(lists)
    }
    _, truth = reference(model.hf, TOKENS, changes)
    torch.testing.assert_close(logits.double(), truth, rtol=2e-5, atol=2e-5)
    assert (logits - model(TOKENS)).abs().max() > 1e-3


@torch.no_grad()
def test_keeping_everything_is_the_model_itself(model: Model) -> None:
    for keep in (everything(POSITIONS), torch.ones(HEADS, POSITIONS, POSITIONS).bool()):
        logits = under(model, [interp.peek(layer, keep) for layer in range(model.depth)])
        torch.testing.assert_close(logits, model(TOKENS), rtol=2e-5, atol=2e-5)


@torch.no_grad()
def test_a_list_lets_nobody_see_what_the_architecture_masks(model: Model) -> None:
    plain = interp.capture(model, TOKENS, interp.pattern(0))[interp.pattern(0)]
    with interp.edited(model, interp.peek(0, torch.ones(POSITIONS, POSITIONS).bool())):
        pattern = interp.capture(model, TOKENS, interp.pattern(0))[interp.pattern(0)]
    torch.testing.assert_close(pattern, plain)
    assert pattern[plain == 0].eq(0).all()


@torch.no_grad()
def test_each_head_has_its_own_list_and_heads_that_are_not_named_attend_as_usual(model: Model) -> None:
    """Lists are for query heads, also where several of them share keys and values."""
    lists, site = some_lists(HEADS), interp.pattern(1)
    plain = interp.capture(model, TOKENS, site)[site]

    def pattern(*edits: Edit) -> Tensor:
        with interp.edited(model, *edits):
            return interp.capture(model, TOKENS, site)[site]

    whole = pattern(interp.peek(1, lists))
    assert torch.equal(pattern(*(interp.peek(1, lists[head], heads=head) for head in range(HEADS))), whole)
    some = pattern(interp.peek(1, lists[[2, 0]], heads=[2, 0]))
    assert torch.equal(some[:, [0, 2]], whole[:, [0, 2]])
    assert torch.equal(some[:, [1, 3]], plain[:, [1, 3]])
    torch.testing.assert_close(whole.sum(-1), torch.ones(len(TOKENS), HEADS, POSITIONS))


@torch.no_grad()
def test_two_peeks_of_a_block_keep_what_is_in_both(gpt2: Model) -> None:
    one, other = some_lists(HEADS, 1), some_lists(HEADS, 2)
    both = under(gpt2, [interp.peek(0, one & other)])
    assert torch.equal(under(gpt2, [interp.peek(0, one), interp.peek(0, other)]), both)
    with interp.edited(gpt2, interp.peek(0, other)):
        assert torch.equal(under(gpt2, [interp.peek(0, one)]), both)


def test_no_gradient_runs_along_an_edge_that_is_not_kept(gpt2: Model) -> None:
    with interp.edited(gpt2, interp.peek(1, with_sink(itself(POSITIONS)))), interp.watch(gpt2, interp.resid(1)) as acts:
        (gradient,) = torch.autograd.grad(gpt2(TOKENS)[:, -1].square().sum(), acts[interp.resid(1)])
    assert gradient[:, 1:-1].eq(0).all()
    assert gradient[:, [0, -1]].ne(0).any(-1).all()


def test_a_list_with_an_empty_row_is_an_error_before_anything_runs() -> None:
    keep = everything(POSITIONS)
    keep[3] = False
    with pytest.raises(ShapeError, match="leaves query 3 no token to see"):
        interp.peek(0, keep)
    with pytest.raises(ShapeError, match="leaves query 0 of head 0"):
        interp.peek(0, torch.zeros(HEADS, POSITIONS, POSITIONS).bool())


@pytest.mark.parametrize("name", ["mistral", "gemma2", "gemma3"])
def test_a_sliding_window_that_masks_all_that_is_kept_is_an_error(model: Model) -> None:
    """With a window of 3, query 3 cannot see token 0, which is all that this list keeps for it."""
    keep = itself(POSITIONS)
    keep[3], keep[3, 0] = False, True
    with pytest.raises(ShapeError, match=r"query 3 of head 0 has nothing left to see at blocks\.0.*sliding window"):
        under(model, [interp.peek(0, keep)])
    if model.hf.config.model_type != "mistral":
        under(model, [interp.peek(1, keep)])  # its second block sees everything


def test_an_earlier_knockout_that_takes_all_that_is_kept_is_an_error(gpt2: Model) -> None:
    cut = interp.knockout(0, queries=2, keys=2, heads=1)
    with pytest.raises(ShapeError, match=r"query 2 of head 1 has nothing left.*an earlier edit"):
        under(gpt2, [cut, interp.peek(0, itself(POSITIONS))])
    # In the other order the knockout has the last word, and may leave nothing.
    assert under(gpt2, [interp.peek(0, itself(POSITIONS)), cut]).isfinite().all()


def test_lists_that_do_not_fit_are_errors(gpt2: Model) -> None:
    wrong = [
        (interp.peek(0, everything(5)), r"\[query, key\] of \[5, 5\] does not fit \[7, 7\] at blocks\.0"),
        (interp.peek(0, some_lists(3)), r"\[head, query, key\] of \[3, 7, 7\] does not fit \[4, 7, 7\]"),
        (interp.peek(0, some_lists(4), heads=[0, 1]), r"does not fit \[2, 7, 7\]"),
        (interp.peek(0, everything(POSITIONS), heads=4), "head 4 is not at"),
    ]
    for edit, complaint in wrong:
        with pytest.raises(ShapeError, match=complaint):
            under(gpt2, [edit])
    for layer in (2, -1):
        with pytest.raises(UnknownNameError):
            under(gpt2, [interp.peek(layer, everything(POSITIONS))])


def test_attention_that_cannot_be_reached_is_an_error() -> None:
    with pytest.raises(ModelError, match="cannot be reached"):
        under(bloom(), [interp.peek(0, everything(POSITIONS))])
