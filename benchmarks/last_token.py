"""All for one by the last-token engine against edits on the whole model, and the triangle of all settings by both."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import torch
from jaxtyping import Int64
from torch import Tensor

import interp
from benchmarks.options import Options
from benchmarks.tables import Table, at_least, at_most
from benchmarks.timing import Contestant, interleaved, rows, stopwatch
from interp.ablation.boundaries import Boundary, conditional
from interp.ablation.fitting import conditional_means
from interp.last_token.cost import reference_cost, sweep_cost
from interp.last_token.engine import Engine
from interp.last_token.reference import reference
from interp.last_token.setting import AllForOne, triangle
from interp.last_token.triangle import sweep

VALUES, POSITIONS = 100, 5
"""Operands, and tokens of a prompt: beginning, operand, sign, operand, equals."""
VOCABULARY, WIDTH, HEADS = 128, 128, 4
PROMPTS = 2_000
"""Prompts of one setting."""
SWEPT = {4: PROMPTS, 16: 200}
"""Prompts of the triangle, by depth: fewer where the reference runs each of them in 153 settings."""
BARS = {4: 3, 16: 8}
ROUNDS = 5
"""Rounds at most."""
BATCHES = (128, 512, 1024)
"""Both ways get, out of these, the one with which they are fastest."""
ENGINE, REFERENCE = "last-token engine", "edits on the whole model"


class Subject(NamedTuple):
    """A model and what is known of its prompts."""

    model: interp.Model
    """Random weights."""
    tokens: Int64[Tensor, "prompt position"]
    """Different prompts that together use every operand."""
    boundary: Boundary
    """Conditional means."""
    engine: Callable[[int], Engine]
    """An engine that runs so many tokens at a time."""


def tables(options: Options) -> list[Table]:
    """A table for each depth, and one for the triangle at each of some."""
    single = [_single(depth, options) for depth in BARS]
    return single + [_triangle(depth, prompts, options) for depth, prompts in SWEPT.items()]


def made(depth: int, prompts: int, options: Options, operands: int = VALUES) -> Subject:
    """A model of `depth` blocks, with means from all pairs of operands."""
    model = interp.load(_llama(depth, options.seed).to(options.device))
    values = torch.arange(operands) + 3
    pairs = torch.cartesian_prod(values, values)
    tokens = torch.tensor([0, 0, 1, 0, 2]).repeat(len(pairs), 1)
    tokens[:, [1, 3]] = pairs
    means = conditional_means(model, tokens, batch=512)
    chosen = torch.randperm(len(tokens), generator=torch.Generator().manual_seed(options.seed))[:prompts]
    return Subject(model, tokens[chosen], conditional(means), lambda batch: Engine(model, means, batch=batch))


def _single(depth: int, options: Options) -> Table:
    subject, setting = made(depth, PROMPTS, options), AllForOne(depth // 2, 1)
    with torch.no_grad():
        ours, theirs = _batches(subject, setting, options)
        engine = subject.engine(ours)
        contestants = [
            Contestant(ENGINE, lambda: _forgetful(engine).logits(subject.tokens, setting), PROMPTS),
            Contestant(REFERENCE, lambda: _reference(subject, setting, theirs), PROMPTS),
        ]
        seconds = _timed(contestants, options)
        away = engine.logits(subject.tokens, setting) - _reference(subject, setting, theirs)
    cost = engine.cost(setting, PROMPTS, POSITIONS), reference_cost(depth, PROMPTS, POSITIONS)
    title = f"AF1(wait {setting.wait}, transfer {setting.transfer}) of {depth} blocks"
    table = Table(
        title, _setting(PROMPTS, ours, theirs, cost, options), "prompts", ENGINE, rows(contestants, seconds, ENGINE)
    )
    claim = f"edits take at least {BARS[depth]} times as long"
    table.bars.append(at_least(claim, table.row(REFERENCE).pairs.median, BARS[depth]))
    table.bars.append(at_most("largest difference in logits, at most 1e-4", float(away.abs().max()), 1e-4))
    return table


def _triangle(depth: int, prompts: int, options: Options) -> Table:
    subject, settings = made(depth, prompts, options), list(triangle(depth))
    with torch.no_grad():
        ours, theirs = _batches(subject, AllForOne(depth // 2, 1), options)
        engine = subject.engine(ours)
        contestants = [
            Contestant(ENGINE, lambda: sweep(_forgetful(engine), subject.tokens), prompts),
            Contestant(REFERENCE, lambda: [_reference(subject, one, theirs).argmax(-1) for one in settings], prompts),
        ]
        seconds = _timed(contestants, options)
        found = sweep(engine, subject.tokens)
        same = [found[s.wait, s.transfer] == _reference(subject, s, theirs).argmax(-1) for s in settings]
    others = len(torch.unique(subject.tokens[:, 1])) + 1 + len(torch.unique(subject.tokens[:, 3]))
    cost = sweep_cost(depth, prompts, others, 1, 1), len(settings) * reference_cost(depth, prompts, POSITIONS)
    table = Table(
        f"All {len(settings)} settings of {depth} blocks", _setting(prompts, ours, theirs, cost, options), "prompts",
        ENGINE, rows(contestants, seconds, ENGINE),
    )  # fmt: skip
    table.bars.append(at_least("edits take at least 8 times as long", table.row(REFERENCE).pairs.median, 8))
    share = float(torch.stack(same).double().mean())
    table.bars.append(at_least("share of equal predictions, at least 1", share, 1.0))
    return table


def _forgetful(engine: Engine) -> Engine:
    """Keys and values are part of the work that is timed."""
    engine.forget()
    return engine


def _reference(subject: Subject, setting: AllForOne, batch: int) -> Tensor:
    return reference(subject.model, subject.tokens, setting, subject.boundary, batch=batch)


def _timed(contestants: list[Contestant], options: Options) -> dict[str, list[float]]:
    rounds, warmup = min(options.repetitions, ROUNDS), min(options.warmup, 1)
    return interleaved(contestants, rounds, warmup=warmup, seed=options.seed, measure=stopwatch(options.device))


def _batches(subject: Subject, setting: AllForOne, options: Options) -> tuple[int, int]:
    """The batch sizes with which the engine and the reference are fastest."""
    measure, engines = stopwatch(options.device), {size: subject.engine(size) for size in BATCHES}

    def best(run: Callable[[int], object]) -> int:
        contestants = [Contestant(str(size), partial(run, size)) for size in BATCHES]
        took = interleaved(contestants, 2, warmup=0, seed=options.seed, measure=measure)
        return min(BATCHES, key=lambda size: min(took[str(size)]))

    return (
        best(lambda size: _forgetful(engines[size]).logits(subject.tokens, setting)),
        best(lambda size: _reference(subject, setting, size)),
    )


def _setting(prompts: int, ours: int, theirs: int, cost: tuple[int, int], options: Options) -> str:
    sizes = (
        f"width {WIDTH}, {prompts:,} prompts of {POSITIONS} tokens, batches of {ours} and {theirs}, {options.device}"
    )
    return f"{sizes}; token-layers {cost[0]:,} and {cost[1]:,}: 1 to {cost[1] / cost[0]:.1f}"


def _llama(depth: int, seed: int) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=WIDTH, intermediate_size=4 * WIDTH, num_hidden_layers=depth,
        num_attention_heads=HEADS, max_position_embeddings=64,
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return LlamaForCausalLM(config).eval()
