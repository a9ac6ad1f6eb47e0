"""Bigrams counted a second, and looked up: by sorted runs against other sorts, sparse matrices and a dictionary."""

import math
from collections import Counter as Tally
from itertools import pairwise
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from benchmarks.options import Options
from benchmarks.tables import Table, at_least, at_most
from benchmarks.timing import Contestant, interleaved, rows, stopwatch
from interp.counts import Conditional, Counter, Counts

VOCABULARY, SEQUENCES, LENGTH = 50_257, 65_536, 128
"""The vocabulary of GPT-2, and 8 million tokens."""
STREAMED = 32
"""Sequences of one call, where a text is counted as it arrives."""
BUDGET = 2**20
"""N-grams in memory of the counter that has little: an eighth of the text."""
LOOPED, READ = 4_096, 8_192
"""Sequences that the dictionary counts and that are looked up: all would take minutes."""
ROUNDS = 5
"""Rounds at most."""
RATE = 5e6
OURS, STREAM, SPILLED = "Counter", f"Counter, {STREAMED} sequences a call", f"Counter, {BUDGET:,} n-grams in memory"
UNIQUE, NUMPY, SPARSE, LOOP = "torch.unique", "numpy.unique", "scipy coo to csr", "dictionary, pair by pair"
LOOKUP, INDEXED = "Conditional.surprisals", "scipy csr, indexed"


def tables(options: Options) -> list[Table]:
    """One table of counting, one of surprisals."""
    tokens = made(SEQUENCES, options.seed)
    return [_counting(tokens, options), _reading(tokens, made(READ, options.seed + 1), options)]


def made(sequences: int, seed: int) -> Int64[Tensor, "sequence position"]:
    """Tokens whose frequencies fall as words' do, and that lean on the token before, as words do."""
    rng = np.random.default_rng(seed)
    shares = 1 / np.arange(1, VOCABULARY + 1)
    drawn = rng.choice(VOCABULARY, (sequences, LENGTH), p=shares / shares.sum())
    leaning = rng.random((sequences, LENGTH)) < 0.5
    drawn[:, 1:] = np.where(leaning[:, 1:], (31 * drawn[:, :-1] + drawn[:, 1:] % 7) % VOCABULARY, drawn[:, 1:])
    return torch.from_numpy(drawn)


def _counting(tokens: Int64[Tensor, "sequence position"], options: Options) -> Table:
    few, pairs = tokens[:LOOPED], SEQUENCES * (LENGTH - 1)
    with TemporaryDirectory() as folder:
        contestants = [
            Contestant(OURS, lambda: ours(tokens), pairs),
            Contestant(STREAM, lambda: streamed(tokens, Counter(VOCABULARY)), pairs),
            Contestant(SPILLED, lambda: streamed(tokens, Counter(VOCABULARY, folder=folder, budget=BUDGET)), pairs),
            Contestant(UNIQUE, lambda: unique(tokens), pairs),
            Contestant(NUMPY, lambda: numpy_unique(tokens), pairs),
            Contestant(SPARSE, lambda: sparse(tokens), pairs),
            Contestant(LOOP, lambda: loop(few), LOOPED * (LENGTH - 1)),
        ]
        seconds = _timed(contestants, options)
        found, little = ours(tokens), streamed(tokens, Counter(VOCABULARY, folder=folder, budget=BUDGET))
    title, setting = "Counting bigrams", f"{tokens.numel():,} tokens of {VOCABULARY:,}, {len(found):,} different pairs"
    table = Table(title, setting, "tokens", OURS, rows(contestants, seconds, OURS))
    for name in (OURS, STREAM, SPILLED):
        claim = f"{name}: at least 5 million tokens a second, in millions"
        table.bars.append(at_least(claim, table.row(name).rate / 1e6, RATE / 1e6))
    table.bars.append(at_least("torch.unique takes at least as long", table.row(UNIQUE).pairs.median, 1))
    truth = unique(tokens)
    away = sum(
        int(not (torch.equal(one.pairs, truth[0]) and torch.equal(one.counts, truth[1]))) for one in (found, little)
    )
    table.bars.append(at_most("counters that differ from torch.unique, at most 0", away, 0))
    return table


def _reading(
    tokens: Int64[Tensor, "sequence position"], read: Int64[Tensor, "sequence position"], options: Options
) -> Table:
    conditional, tally = Conditional(ours(tokens)), loop(tokens[:LOOPED])
    whole, matrix, few = Conditional(ours(tokens[:LOOPED])), probabilities(ours(tokens)), read[: READ // 8]
    places = READ * (LENGTH - 1)
    contestants = [
        Contestant(LOOKUP, lambda: conditional.surprisals(read), places),
        Contestant(INDEXED, lambda: indexed(matrix, few), len(few) * (LENGTH - 1)),
        Contestant(LOOP, lambda: looked_up(tally, few), len(few) * (LENGTH - 1)),
    ]
    seconds, found = _timed(contestants, options), conditional.surprisals(read)
    setting = f"{READ * LENGTH:,} tokens, {len(conditional.counts):,} pairs counted; the others read an eighth"
    table = Table("Surprisals from counts", setting, "tokens", LOOKUP, rows(contestants, seconds, LOOKUP))
    table.bars.append(at_least("scipy takes at least as long a token", table.row(INDEXED).pairs.median, 1))
    away = float((indexed(matrix, few) - found.values[: len(few)]).nan_to_num(0).abs().max())
    away = max(away, float((looked_up(tally, few) - whole.surprisals(few).values).nan_to_num(0).abs().max()))
    table.bars.append(at_most("largest difference in nats, at most 1e-12", away, 1e-12))
    return table


def _timed(contestants: list[Contestant], options: Options) -> dict[str, list[float]]:
    rounds, warmup = min(options.repetitions, ROUNDS), min(options.warmup, 1)
    return interleaved(contestants, rounds, warmup=warmup, seed=options.seed, measure=stopwatch())


def ours(tokens: Int64[Tensor, "sequence position"]) -> Counts:
    """All at once."""
    return Counter(VOCABULARY).add(tokens).counts()


def streamed(tokens: Int64[Tensor, "sequence position"], counter: Counter) -> Counts:
    """Some sequences at a time."""
    for begin in range(0, len(tokens), STREAMED):
        counter.add(tokens[begin : begin + STREAMED])
    return counter.counts()


def unique(tokens: Int64[Tensor, "sequence position"]) -> tuple[Tensor, Tensor]:
    """The vectorised way of torch."""
    pairs, counts = torch.unique(tokens[:, :-1] * VOCABULARY + tokens[:, 1:], return_counts=True)
    return pairs, counts


def numpy_unique(tokens: Int64[Tensor, "sequence position"]) -> tuple[Any, Any]:
    """The vectorised way of numpy."""
    array = tokens.numpy()
    return np.unique(array[:, :-1] * VOCABULARY + array[:, 1:], return_counts=True)


def sparse(tokens: Int64[Tensor, "sequence position"]) -> Any:
    """A sparse matrix that adds up what is given twice."""
    from scipy.sparse import coo_array

    before, after = tokens[:, :-1].flatten().numpy(), tokens[:, 1:].flatten().numpy()
    matrix = coo_array((np.ones(len(before), np.int64), (before, after)), shape=(VOCABULARY, VOCABULARY)).tocsr()
    matrix.sum_duplicates()
    return matrix


def loop(tokens: Int64[Tensor, "sequence position"]) -> dict[int, Tally[int]]:
    """The way of the paper's code: a dictionary of dictionaries."""
    found: dict[int, Tally[int]] = {}
    for row in tokens.tolist():
        for before, after in pairwise(row):
            found.setdefault(before, Tally())[after] += 1
    return found


def probabilities(counts: Counts) -> Any:
    """P(token | token before it) as a sparse matrix."""
    from scipy.sparse import csr_array

    rows = Conditional(counts).rows(torch.arange(VOCABULARY))
    return csr_array((rows.probabilities.numpy(), rows.columns.numpy(), rows.crow.numpy()), (VOCABULARY, VOCABULARY))


def indexed(matrix: Any, tokens: Int64[Tensor, "sequence position"]) -> Float64[Tensor, "sequence position-1"]:
    """Surprisals from a sparse matrix; infinite where a context was never seen, too."""
    # Copies, because it wants arrays that numpy itself has made.
    before, after = (part.flatten().numpy().copy() for part in (tokens[:, :-1], tokens[:, 1:]))
    found = np.asarray(matrix[before, after])
    return -torch.from_numpy(found).reshape(len(tokens), -1).log()


def looked_up(
    tally: dict[int, Tally[int]], tokens: Int64[Tensor, "sequence position"]
) -> Float64[Tensor, "sequence position-1"]:
    """Surprisals from a dictionary, token by token."""
    totals = {before: float(after.total()) for before, after in tally.items()}
    none: Tally[int] = Tally()
    found = [[tally.get(a, none)[b] / totals.get(a, math.nan) for a, b in pairwise(row)] for row in tokens.tolist()]
    return -torch.tensor(found, dtype=torch.float64).log()
