"""Training TopK dictionaries against SAELens, dictionary_learning and sparsify, with dead latents to revive."""

import warnings
from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from benchmarks.dictionary_peers import DictionaryLearning, Ours, SAELens, Sparsify, Start, Trainer
from benchmarks.options import Options
from benchmarks.tables import Table, at_least, at_most
from benchmarks.timing import Contestant, interleaved, rows, stopwatch
from interp.dictionaries.auxiliary import auxiliary
from interp.dictionaries.select import top_k
from interp.dictionaries.sparse import Transposed, decode, entries

WIDTH, LATENTS, K = 512, (2048, 4096, 8192), 32
BATCH, STEPS, ROUNDS = 1024, 16, 10
"""Rows a step, steps a call, calls that count."""
DEAD = 0.1
"""The share of latents that start dead."""
RATE = 5e-4
FRESH = 8192
"""Rows that the loss is judged on."""
BARS = {"SAELens": 1.7, "dictionary_learning": 1.5, "sparsify": 1.0}
OURS, FLOOR = "interp", "the encoder's dense product alone (floor)"
TRAINERS: dict[str, Callable[[Start], Trainer]] = {
    OURS: Ours, "SAELens": SAELens, "dictionary_learning": DictionaryLearning, "sparsify": Sparsify,
}  # fmt: skip


def tables(options: Options) -> list[Table]:
    """A table for each size, and one of where our time goes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the peers' own
        x = _made(options.seed, BATCH * STEPS * (ROUNDS + 1) + FRESH)
        return [*(_table(x[FRESH:], x[:FRESH], latents, options) for latents in LATENTS), _parts(x[FRESH:], options)]


def _table(x: Float[Tensor, "row width"], fresh: Float[Tensor, "row width"], latents: int, options: Options) -> Table:
    start = _start(x, latents, options.seed)
    trainers, absent = _those_here(start)
    done = dict.fromkeys(trainers, 0)

    def call(name: str) -> None:
        for _ in range(STEPS):
            place = done[name] * BATCH % len(x)
            trainers[name].step(x[place : place + BATCH])
            done[name] += 1

    contestants = [Contestant(name, lambda name=name: call(name), STEPS * BATCH) for name in trainers]  # type: ignore[misc]
    product = lambda: [F.linear(x[:BATCH], start.directions, start.bias) for _ in range(STEPS)]  # noqa: E731
    contestants.append(Contestant(FLOOR, product, STEPS * BATCH))
    rounds = min(options.repetitions, ROUNDS)
    seconds = interleaved(contestants, rounds, warmup=1, seed=options.seed, measure=stopwatch())
    setting = f"width {WIDTH} to {latents:,} latents, k {K}, batch {BATCH:,}, float32, {DEAD:.0%} dead at the start"
    title = f"Training a TopK dictionary of {latents:,} latents, auxiliary loss on"
    table = Table(title, setting, "rows", OURS, rows(contestants, seconds, OURS), skipped=absent)
    losses = {name: _unexplained(trainer, fresh) for name, trainer in trainers.items()}
    tokens = f"after {done[OURS] * BATCH:,} rows"
    for name, least in BARS.items():
        if name in trainers:
            claim = f"{name} takes at least {least:g} times as long a row as interp"
            table.bars.append(at_least(claim, table.row(name).pairs.median, least))
            claim = f"our unexplained variance {tokens}, at most {name}'s {losses[name]:.4f}"
            table.bars.append(at_most(claim, losses[OURS], losses[name]))
    return table


def _those_here(start: Start) -> tuple[dict[str, Trainer], dict[str, str]]:
    trainers, absent = {}, {}
    for name, make in TRAINERS.items():
        try:
            trainers[name] = make(start)
        except ImportError as error:
            absent[name] = str(error)
    return trainers, absent


@torch.no_grad()
def _unexplained(trainer: Trainer, x: Float[Tensor, "row width"]) -> float:
    """The share of the variance of fresh rows that a dictionary leaves, by everybody's own reconstruction."""
    error = (trainer.rebuilt(x) - x).square().sum()
    return float(error / (x - x.mean(0)).square().sum())


def _parts(x: Float[Tensor, "row width"], options: Options) -> Table:
    """The parts of one of our steps, each run alone, at the middle size."""
    latents = LATENTS[1]
    start, batch = _start(x, latents, options.seed), x[:BATCH]
    ours = Ours(start)
    weights, optimizer = ours.weights, ours.optimizer
    centred = batch - start.centre
    pre = F.linear(centred, start.directions, start.bias)
    code = top_k(pre, K)
    transposed = Transposed.of(code)
    values = pre[code.rows, code.latents].relu()
    encoder, decoder = (start.directions.clone().requires_grad_() for _ in range(2))

    def both_ways() -> None:
        found = entries(pre, centred, encoder, weights.encoder_bias, weights.decoder_bias, code, transposed)
        decode(found.relu(), decoder, code, transposed).square().sum().backward()  # type: ignore[no-untyped-call]

    def aux() -> None:
        auxiliary(weights, centred, batch, start.dead).backward()  # type: ignore[no-untyped-call]

    def constraints() -> None:
        weights.drop_parallel()
        weights.normalise()

    ours.step(batch)
    whole = "the whole step"
    contestants = [
        Contestant(whole, lambda: ours.step(batch), BATCH),
        Contestant("encoder product", lambda: F.linear(centred, start.directions, start.bias), BATCH),
        Contestant("choice of the k largest", lambda: top_k(pre, K), BATCH),
        Contestant("transposing the code", lambda: Transposed.of(code), BATCH),
        Contestant("decoding", lambda: decode(values, start.directions, code, transposed), BATCH),
        Contestant("decoding and all sparse gradients", both_ways, BATCH),
        Contestant("auxiliary loss and its gradients", aux, BATCH),
        Contestant("Adam", lambda: optimizer.step(), BATCH),
        Contestant("unit norms", constraints, BATCH),
    ]
    seconds = interleaved(contestants, options.repetitions, warmup=2, seed=options.seed, measure=stopwatch())
    setting = f"width {WIDTH} to {latents:,} latents, k {K}, batch {BATCH:,}; each part run alone"
    return Table("Where a step's time goes", setting, "rows", whole, rows(contestants, seconds, whole))


def _start(x: Float[Tensor, "row width"], latents: int, seed: int) -> Start:
    generator = torch.Generator().manual_seed(seed)
    directions = F.normalize(torch.randn(latents, WIDTH, generator=generator), dim=1)
    dead = torch.randperm(latents, generator=generator) < DEAD * latents
    return Start(directions, x.mean(0), dead, K, RATE)


def _made(seed: int, count: int) -> Float[Tensor, "row width"]:
    """Rows that sparse directions make: 4,096 of them, the commonest in a tenth of the rows, with some noise."""
    generator = torch.Generator().manual_seed(seed)
    directions = F.normalize(torch.randn(4096, WIDTH, generator=generator), dim=1)
    often = 0.1 / torch.arange(1, 4097) ** 0.5
    parts = []
    for _ in range(0, count, 4096):
        present = torch.rand(4096, 4096, generator=generator) < often
        size = torch.rand(4096, 4096, generator=generator) + 0.5
        parts.append((present * size) @ directions + 0.02 * torch.randn(4096, WIDTH, generator=generator))
    x = torch.cat(parts)[:count]
    x = x - x.mean(0)
    return x * (WIDTH / x.square().sum(1).mean()).sqrt() + 1.0
