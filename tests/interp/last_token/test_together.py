"""Search, pruning and attention on a real model in which a circuit is planted."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
import torch
from torch import Tensor

import interp
from interp import Model
from interp.ablation.boundaries import conditional, nothing
from interp.ablation.means import ConditionalMeans
from interp.last_token import (
    AllForOne,
    Answered,
    Engine,
    Found,
    Head,
    Prompts,
    Pruning,
    agreement,
    answered,
    answers,
    attends_inside,
    concentration,
    curve,
    faithfulness,
    frontier,
    importance,
    kept,
    prune,
    prune_once,
    reference,
    search,
    survivors,
    sweep,
    wait_only,
    wait_predictions,
)
from interp.last_token.search import Logits
from tests.architectures import HEADS, fresh

DEPTH, LOUD = 3, Head(1, 2)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@cache
def planted() -> Model:
    """A GPT-2 in which nothing but head 2 of block 1 moves or computes anything; it looks at all tokens alike."""
    hf = fresh("gpt2", n_layer=DEPTH)
    with torch.no_grad():
        for layer, block in enumerate(hf.transformer.h):
            block.mlp.c_proj.weight.zero_()
            for head, rows in enumerate(block.attn.c_proj.weight.view(HEADS, -1, hf.config.n_embd)):
                rows *= 30.0 if (layer, head) == LOUD else 0.0
        for query in (hf.transformer.h[1].attn.c_attn.weight, hf.transformer.h[1].attn.c_attn.bias):
            query[..., 16:24] = 0
    return interp.load(hf)


@cache
def halves() -> tuple[Answered, Answered]:
    """Every pair of two operands, with the answer of the full model; half of them to choose on."""
    pairs = torch.cartesian_prod(torch.arange(1, 9), torch.arange(20, 28))
    bos, plus, equals = (torch.full((len(pairs),), token) for token in (0, 40, 41))
    tokens = torch.stack([bos, pairs[:, 0], plus, pairs[:, 1], equals], dim=1)
    prompts, even = Prompts(tokens, answers(planted(), tokens)), (pairs.sum(1) % 2) == 0
    return answered(planted(), prompts.part(even)), answered(planted(), prompts.part(~even))


@cache
def means() -> ConditionalMeans:
    return interp.conditional_means(planted(), torch.cat([half.prompts.tokens for half in halves()]))


def slow(tokens: Tensor, setting: AllForOne) -> Tensor:
    return reference(planted(), tokens, setting, conditional(means()))


def waiting(tokens: Tensor, wait: int) -> Tensor:
    return wait_only(planted(), tokens, wait, conditional(means()))


def found(logits: Logits = slow) -> Found:
    choose, report = halves()
    contexts = means().smallest(report.prompts.tokens)
    return search(logits, waiting, DEPTH, choose, report, rng(), contexts=contexts)


def test_the_search_finds_exactly_the_planted_circuit() -> None:
    one = found()
    assert one.setting == AllForOne(1, 1)
    assert one.report is not None
    assert one.isolated is not None
    assert one.report.faithful.value == one.report.base.value == 1.0
    assert (one.report.prompts, one.report.contexts, one.shared) == (32, 8, 0)
    # Without transfer the answer is a constant.
    assert one.isolated.faithful.value <= one.isolated.majority < 0.95


def test_the_engine_finds_the_same_as_the_reference() -> None:
    engine = Engine(planted(), means())
    fast, one = found(engine.logits), found()
    assert fast.setting == one.setting
    assert fast.report == one.report
    assert fast.isolated == one.isolated
    np.testing.assert_array_equal(fast.scores, one.scores)
    choose, report = halves()
    pruned = prune(engine.logits, AllForOne(1, 2), HEADS, choose.known)
    assert survivors(pruned) == [LOUD]
    assert survivors(curve(engine.logits, AllForOne(1, 2), pruned.order, report, rng())) == [LOUD]


def test_the_triangle_of_reference_and_engine_agrees_with_the_search() -> None:
    known = halves()[0].known
    predicted = torch.full((DEPTH + 1, DEPTH + 1, len(known.tokens)), -1)
    for wait in range(DEPTH + 1):
        for transfer in range(DEPTH - wait + 1):
            predicted[wait, transfer] = slow(known.tokens, AllForOne(wait, transfer)).argmax(-1)
    assert torch.equal(sweep(Engine(planted(), means()), known.tokens), predicted)
    scores, one = kept(predicted, known.answers, known.answers), found()
    assert np.isnan(scores).sum() == DEPTH * (DEPTH + 1) // 2
    both = agreement(one.waiting, scores)
    assert both.agree
    assert both.maximal == one.setting
    assert frontier(scores) == [AllForOne(1, 1)]
    tried = ~np.isnan(one.scores)
    np.testing.assert_array_equal(one.scores[tried], scores[tried])


def test_the_wait_curve_falls_off_a_cliff_where_the_circuit_has_been_waited_away() -> None:
    prompts = halves()[0].prompts
    predicted = wait_predictions(waiting, DEPTH, prompts.tokens)
    assert torch.equal(predicted[0], prompts.answers)
    assert torch.equal(predicted[1], prompts.answers)
    for wait in (2, 3):
        assert len(predicted[wait].unique()) == 1
        constant = faithfulness(predicted[wait], prompts.answers, prompts.answers, rng())
        assert constant.faithful.value <= constant.majority < 0.95


def test_without_ablation_the_whole_model_could_wait() -> None:
    own, (choose, report) = nothing(planted()), halves()
    one = search(
        lambda tokens, setting: reference(planted(), tokens, setting, own),
        lambda tokens, wait: wait_only(planted(), tokens, wait, own),
        DEPTH,
        choose,
        report,
        rng(),
    )
    assert one.setting == AllForOne(DEPTH, 0)
    assert one.waiting.tolist() == [1.0] * (DEPTH + 1)


@pytest.mark.parametrize("way", [prune, prune_once])
def test_the_planted_head_survives_and_all_others_can_go(way: Callable[..., Pruning]) -> None:
    (choose, report), setting = halves(), AllForOne(1, 2)
    pruned = way(slow, setting, HEADS, choose.known)
    measured = curve(slow, setting, pruned.order, report, rng())
    assert survivors(pruned) == survivors(measured) == [LOUD]
    assert [step.value for step in measured.kept[:-1]] == [1.0] * 2 * HEADS
    assert measured.kept[-1].high < 0.95


def test_only_the_planted_head_matters_alone() -> None:
    ranked = importance(slow, AllForOne(1, 2), HEADS, halves()[0].known)
    assert ranked.order[-1] == LOUD
    for head, lost, margin in zip(ranked.heads, ranked.faithful, ranked.margin, strict=True):
        assert (lost > 0) == (head == LOUD)
        assert head == LOUD or abs(margin) < 1e-4


def test_the_planted_head_looks_at_all_slots_alike() -> None:
    tokens = halves()[0].prompts.tokens
    weights = attends_inside(planted(), tokens, AllForOne(1, 2), conditional(means())).of(LOUD)
    torch.testing.assert_close(weights, torch.full((32, 5), 0.2))
    one = concentration(weights, ["bos", "A", "+", "B", "="], rng(), among=["A", "B"])
    assert one.share.value == pytest.approx(0.5)
    assert one.total.value == pytest.approx(0.4)
