"""A loss towards bigram targets and its gradient: factored, with dense targets, and as they were published."""

import time
from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from benchmarks.memory import peak_bytes
from benchmarks.options import Options
from benchmarks.tables import Table, at_least
from benchmarks.timing import Contestant, interleaved, rows, stopwatch
from interp.counts import Conditional, Counts
from interp.models.unembedding import Unembedding
from interp.subnetworks.cross_entropy import cross_entropy

VOCABULARY = 50_000
WIDTHS = (128, 512)
"""Of the hidden states. The wider they are, the more of the time is the unembedding, which all ways share: bars on time
are for the first, the width of the models that searches are run on here, and the second is shown beside it.
"""
BATCH, POSITIONS = 4, 128
FOLLOWERS = 20
"""Different tokens seen after each."""
ROUNDS = 5
"""Rounds at most."""
FACTORED, PLAIN, DENSE, PUBLISHED = (
    "factored",
    "next tokens, no targets",
    "dense float32, vectorised",
    "dense float64, row by row",
)


class Subject(NamedTuple):
    """A batch and what there is to predict."""

    hidden: Float[Tensor, "batch position width"]
    """States that want a gradient."""
    tokens: Int64[Tensor, "batch position"]
    """The contexts."""
    head: Unembedding
    """Random weights."""
    conditional: Conditional
    """Random bigrams."""
    table: Float[Tensor, "context width"]
    """p W of each context, made once a search."""
    seconds: float
    """What that took."""


def tables(options: Options) -> list[Table]:
    """The targets alone, and for each width the loss with them: time, and memory beside it."""
    subjects = [made(VOCABULARY, width, options) for width in WIDTHS]
    return [_targets(subjects[0], options), *(_table(subject, options) for subject in subjects)]


def made(vocabulary: int, width: int, options: Options) -> Subject:
    """Tokens and bigrams that are common or rare as those of a text are: the n-th one 1 / n as often as the first."""
    generator = torch.Generator().manual_seed(options.seed)
    often = 1 / torch.arange(1, vocabulary + 1)
    tokens = torch.multinomial(often, BATCH * POSITIONS, replacement=True, generator=generator).view(BATCH, POSITIONS)
    followers = torch.multinomial(often, vocabulary * FOLLOWERS, replacement=True, generator=generator)
    pairs, counts = torch.unique(
        torch.arange(vocabulary).repeat_interleave(FOLLOWERS) * vocabulary + followers, return_counts=True
    )
    conditional = Conditional(Counts(pairs, counts, vocabulary, 2, None))
    head = Unembedding(torch.randn(vocabulary, width, generator=generator) * width**-0.5)
    hidden = torch.randn(BATCH, POSITIONS, width, generator=generator).requires_grad_()
    began = time.perf_counter()
    table = _sparse(conditional, torch.arange(vocabulary)) @ head.weight
    return Subject(hidden, tokens, head, conditional, table, time.perf_counter() - began)


def ways(subject: Subject) -> dict[str, Callable[[], Tensor]]:
    """Each way to the loss, its targets included; beside them a loss that needs no targets but the next tokens."""
    cached = _known_rows(subject)
    return {
        FACTORED: lambda: _factored(subject),
        PLAIN: lambda: torch.nn.functional.cross_entropy(_logits(subject), subject.tokens.flatten()),
        DENSE: lambda: _against(subject, _vectorised(subject)),
        PUBLISHED: lambda: _against(subject, _row_by_row(subject, cached)),
    }


def slope(subject: Subject, way: Callable[[], Tensor]) -> Tensor:
    """The gradient of the loss with respect to the hidden states."""
    (found,) = torch.autograd.grad(way(), subject.hidden)
    return found


def _factored(subject: Subject) -> Tensor:
    states = subject.hidden.flatten(0, 1)
    return cross_entropy(states, subject.head, _directions(subject))


def _directions(subject: Subject) -> Float[Tensor, "row width"]:
    return subject.table[subject.tokens.flatten()]


def _against(subject: Subject, targets: Float[Tensor, "row token"]) -> Tensor:
    return torch.nn.functional.cross_entropy(_logits(subject), targets)


def _logits(subject: Subject) -> Float[Tensor, "row token"]:
    return subject.hidden.flatten(0, 1) @ subject.head.weight.T


def _vectorised(subject: Subject) -> Float[Tensor, "row token"]:
    return _sparse(subject.conditional, subject.tokens.flatten()).to_dense()


def _known_rows(subject: Subject) -> dict[int, Tensor]:
    return {
        int(token): _sparse(subject.conditional, token[None]).to_dense()[0].double()
        for token in torch.unique(subject.tokens)
    }


def _row_by_row(subject: Subject, cached: dict[int, Tensor]) -> Float[Tensor, "row token"]:
    """As the published code makes them: known rows in float64 copied one by one, looked through for NaN, and cast.

    Its rows are in memory already, and no row is on another device, where each copy would wait for it.
    """
    targets = torch.zeros(BATCH, POSITIONS, subject.head.vocabulary, dtype=torch.float64)
    for sequence in range(BATCH):
        for position in range(POSITIONS):
            targets[sequence, position] = cached[int(subject.tokens[sequence, position])]
    if bool(targets.isnan().any()):
        raise ValueError("a context was never seen")
    return targets.float().flatten(0, 1)


def _sparse(conditional: Conditional, contexts: Int64[Tensor, " context"]) -> Tensor:
    crow, columns, probabilities = conditional.rows(contexts)
    places = torch.stack([torch.arange(len(contexts)).repeat_interleave(crow.diff()), columns])
    return torch.sparse_coo_tensor(
        places, probabilities.float(), (len(contexts), conditional.vocabulary), is_coalesced=True,
        check_invariants=False,
    )  # fmt: skip


def _targets(subject: Subject, options: Options) -> Table:
    cached, tokens = _known_rows(subject), BATCH * POSITIONS
    contestants = [
        Contestant(FACTORED, lambda: _directions(subject), tokens),
        Contestant(DENSE, lambda: _vectorised(subject), tokens),
        Contestant(PUBLISHED, lambda: _row_by_row(subject, cached), tokens),
    ]
    seconds = _timed(contestants, options)
    setting = f"vocabulary {VOCABULARY:,}, {BATCH} x {POSITIONS} tokens, width {WIDTHS[0]}, cpu"
    table = Table("Bigram targets alone", setting, "tokens", FACTORED, rows(contestants, seconds, FACTORED))
    claim = "the published targets take at least 5 times as long"
    table.bars.append(at_least(claim, table.row(PUBLISHED).pairs.median, 5))
    return table


def _timed(contestants: list[Contestant], options: Options) -> dict[str, list[float]]:
    rounds, warmup = min(options.repetitions, ROUNDS), min(options.warmup, 1)
    return interleaved(contestants, rounds, warmup=warmup, seed=options.seed, measure=stopwatch())


def _table(subject: Subject, options: Options) -> Table:
    contestants = [
        Contestant(name, lambda way=way: slope(subject, way), BATCH * POSITIONS)  # type: ignore[misc]
        for name, way in ways(subject).items()
    ]
    seconds = _timed(contestants, options)
    peaks = {one.name: peak_bytes(one.run) for one in contestants}
    width, megabytes = subject.hidden.shape[-1], {name: f"{size / 2**20:,.0f} MB" for name, size in peaks.items()}
    table = Table(
        f"Loss towards bigrams and its gradient, width {width}",
        f"vocabulary {subject.head.vocabulary:,}, {BATCH} x {POSITIONS} tokens, float32, cpu; at most "
        + ", ".join(f"{size} {name}" for name, size in megabytes.items())
        + f"; the factored way's table is made once, in {subject.seconds:.1f} s",
        "tokens", FACTORED, rows(contestants, seconds, FACTORED),
    )  # fmt: skip
    times = {name: table.row(name).pairs.median for name in peaks}
    if width == WIDTHS[0]:
        table.bars.append(at_least("the published way takes at least 5 times as long", times[PUBLISHED], 5))
    table.bars.append(at_least("a loss of next tokens takes at least as long", times[PLAIN], 1))
    table.bars.append(at_least("the vectorised dense way takes at least as long", times[DENSE], 1))
    needs = peaks[PUBLISHED] / peaks[FACTORED]
    table.bars.append(at_least("the published way needs at least 5 times the memory", needs, 5))
    return table
