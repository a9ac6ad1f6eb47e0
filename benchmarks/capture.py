"""Reading the residual stream of a model of GPT-2's size: one depth, and all of them."""

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import deepcopy
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

import interp
from benchmarks.options import Options
from benchmarks.tables import Table, at_most
from benchmarks.timing import Contestant, interleaved, rows, stopwatch

BATCH, POSITIONS = 4, 64
DEPTH = 6
"""Half of the twelve blocks."""
FLOOR, BODY, OURS = "raw hook, stop", "body, no hook", "interp.capture"


class Reader(NamedTuple):
    """A way to read the residual stream."""

    name: str
    """For the table."""
    read: Callable[[], list[Tensor] | None]
    """Runs the model; what it read, or None where it reads nothing and is there for comparison."""


def tables(options: Options) -> list[Table]:
    """Two tables: one residual stream at half depth, and the twelve after each block."""
    hf = _model(options.seed).to(options.device)
    generator = torch.Generator().manual_seed(options.seed)
    tokens = torch.randint(hf.config.vocab_size, (BATCH, POSITIONS), generator=generator).to(options.device)
    # Everybody has weights of his own: what one wraps or hooks cannot slow another down.
    peers, skipped = _peers(hf, tokens)
    one = [
        *_torch_one(hf, tokens),
        *_ours_one(deepcopy(hf), tokens),
        *(reader for peer in peers for reader in peer.one),
    ]
    every = [
        *_torch_all(hf, tokens),
        *_ours_all(deepcopy(hf), tokens),
        *(reader for peer in peers for reader in peer.all),
    ]
    first = _table(f"Residual stream at depth {DEPTH} of 12", one, FLOOR, skipped, options)
    second = _table("Residual stream after each of 12 blocks", every, BODY, skipped, options)
    for table in (first, second):
        claim = f"{OURS} takes at most 1.03 times {table.reference}"
        table.bars.append(at_most(claim, table.row(OURS).pairs.median, 1.03))
    return [first, second]


def _table(title: str, readers: Sequence[Reader], reference: str, skipped: dict[str, str], options: Options) -> Table:
    contestants = [Contestant(reader.name, reader.read, BATCH * POSITIONS) for reader in readers]
    measure = stopwatch(options.device)
    with torch.no_grad():
        _require_equal(readers)
        seconds = interleaved(
            contestants, options.repetitions, warmup=options.warmup, seed=options.seed, measure=measure
        )
    setting = f"GPT-2 small's shape, random weights, {BATCH} x {POSITIONS} tokens, {options.device}"
    return Table(title, setting, "tokens", reference, rows(contestants, seconds, reference), skipped=skipped)


def _require_equal(readers: Sequence[Reader]) -> None:
    """Everybody who reads reads the same; the peers compute attention by other kernels."""
    found = {reader.name: reader.read() for reader in readers}
    read = {name: tensors for name, tensors in found.items() if tensors is not None}
    expected = read[OURS]
    for name, tensors in read.items():
        if len(tensors) != len(expected):
            raise ValueError(f"{name} read {len(tensors)} tensors, {OURS} {len(expected)}")
        for ours, theirs in zip(expected, tensors, strict=True):
            torch.testing.assert_close(theirs, ours, rtol=1e-3, atol=1e-3, msg=f"{name} read other numbers than {OURS}")


def _model(seed: int) -> Any:
    from transformers import GPT2Config, GPT2LMHeadModel

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return GPT2LMHeadModel(GPT2Config()).eval()


def _nothing(_: object) -> None:
    """Forget an output: the model was only run for comparison."""


class _Stop(BaseException):
    """Ends a forward pass from a hook."""


def _torch_one(hf: Any, tokens: Tensor) -> list[Reader]:
    def hidden_states() -> list[Tensor]:
        return [hf(tokens, output_hidden_states=True, use_cache=False).hidden_states[DEPTH]]

    return [
        Reader(FLOOR, lambda: _raw(hf, tokens, [hf.transformer.h[DEPTH - 1]])),
        Reader("output_hidden_states", hidden_states),
        Reader("whole model, no hook", lambda: _nothing(hf(tokens, use_cache=False))),
    ]


def _torch_all(hf: Any, tokens: Tensor) -> list[Reader]:
    return [
        Reader(BODY, lambda: _nothing(hf.transformer(tokens, use_cache=False))),
        Reader("raw hooks", lambda: _raw(hf, tokens, list(hf.transformer.h))),
    ]


def _raw(hf: Any, tokens: Tensor, blocks: Sequence[nn.Module]) -> list[Tensor]:
    """The least that reads anything: one hook a block, no copy, an end after the last."""
    found: list[Tensor] = []

    def hook(_: nn.Module, __: Any, output: Any) -> None:
        found.append(output[0] if isinstance(output, tuple) else output)
        if len(found) == len(blocks):
            raise _Stop

    handles = [block.register_forward_hook(hook) for block in blocks]
    with suppress(_Stop):
        hf(tokens, use_cache=False)
    for handle in handles:
        handle.remove()
    return found


def _ours_one(hf: Any, tokens: Tensor) -> list[Reader]:
    model = interp.load(hf)
    return [Reader(OURS, lambda: list(interp.capture(model, tokens, interp.resid(DEPTH)).values()))]


def _ours_all(hf: Any, tokens: Tensor) -> list[Reader]:
    model = interp.load(hf)
    sites = [interp.resid(depth) for depth in range(1, model.depth + 1)]
    return [Reader(OURS, lambda: list(interp.capture(model, tokens, sites).values()))]


class _Peer(NamedTuple):
    one: list[Reader]
    all: list[Reader]


def _peers(hf: Any, tokens: Tensor) -> tuple[list[_Peer], dict[str, str]]:
    """The peers that are installed, and why the others are not there."""
    found, skipped = [], {}
    for name, build in {"TransformerLens": _transformer_lens, "nnsight": _nnsight}.items():
        try:
            found.append(build(deepcopy(hf), tokens))
        except ModuleNotFoundError as error:
            skipped[name] = f"{error.name} is not installed (`make bench` installs it)"
            sys.stderr.write(f"{name} skipped: {skipped[name]}\n")
    return found, skipped


def _transformer_lens(hf: Any, tokens: Tensor) -> _Peer:
    from transformer_lens.model_bridge.sources import build_bridge_from_module

    bridge = build_bridge_from_module(hf, "GPT2LMHeadModel", hf_config=hf.config, tokenizer=None)
    last = f"blocks.{DEPTH - 1}.hook_resid_post"
    names = [f"blocks.{layer}.hook_resid_post" for layer in range(12)]

    def read(asked: list[str], **options: Any) -> list[Tensor]:
        cache = bridge.run_with_cache(tokens, **options)[1]
        return [cache[name] for name in asked]

    return _Peer(
        [
            Reader("TransformerLens run_with_cache", lambda: read([last])),
            Reader("TransformerLens names_filter", lambda: read([last], names_filter=last)),
            Reader("TransformerLens names_filter, stop", lambda: read([last], names_filter=last, stop_at_layer=DEPTH)),
        ],
        [
            Reader("TransformerLens run_with_cache", lambda: read(names)),
            Reader("TransformerLens names_filter", lambda: read(names, names_filter=names)),
            Reader("TransformerLens names_filter, stop", lambda: read(names, names_filter=names, stop_at_layer=12)),
        ],
    )


def _nnsight(hf: Any, tokens: Tensor) -> _Peer:
    from nnsight import NNsight

    wrapped = NNsight(hf)

    def one() -> list[Tensor]:
        with wrapped.trace(tokens):
            found = wrapped.transformer.h[DEPTH - 1].output.save()
        return [found]

    def one_stopped() -> list[Tensor]:
        with wrapped.trace(tokens) as tracer:
            found = wrapped.transformer.h[DEPTH - 1].output.save()
            tracer.stop()
        return [found]

    def every(stop: bool) -> list[Tensor]:
        with wrapped.trace(tokens) as tracer:
            found: Any = list().save()  # type: ignore[attr-defined]  # noqa: C408 - nnsight keeps what was saved
            for block in wrapped.transformer.h:
                found.append(block.output)
            if stop:
                tracer.stop()
        return list(found)

    return _Peer(
        [Reader("nnsight trace", one), Reader("nnsight trace, stop", one_stopped)],
        [Reader("nnsight trace", lambda: every(False)), Reader("nnsight trace, stop", lambda: every(True))],
    )
