"""The contestants of the benchmark count the same pairs and read the same surprisals."""

from pathlib import Path

import pytest
import torch

from benchmarks import counts
from benchmarks.options import Options
from interp.counts import Conditional, Counter


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {"VOCABULARY": 50, "SEQUENCES": 64, "LENGTH": 12, "STREAMED": 8, "BUDGET": 100, "LOOPED": 64, "READ": 40}
    for name, value in {**sizes, "ROUNDS": 1}.items():
        monkeypatch.setattr(counts, name, value)


def test_everybody_counts_the_same_pairs(tmp_path: Path) -> None:
    tokens = counts.made(64, 0)
    assert tokens.shape == (64, 12)
    found = counts.ours(tokens)
    spilled = Counter(50, folder=tmp_path, budget=100)
    for pairs, numbers in (
        (lambda one: (one.pairs, one.counts))(counts.streamed(tokens, spilled)),
        counts.unique(tokens),
        map(torch.from_numpy, counts.numpy_unique(tokens)),
    ):
        assert torch.equal(pairs, found.pairs)
        assert torch.equal(numbers, found.counts)
    assert len(spilled._spill) > 1
    dense = torch.zeros(2500, dtype=torch.int64)
    dense[found.pairs] = found.counts
    assert counts.sparse(tokens).toarray().flatten().tolist() == dense.tolist()
    tally = counts.loop(tokens)
    assert [tally[i // 50][i % 50] if i // 50 in tally else 0 for i in range(2500)] == dense.tolist()


def test_everybody_reads_the_same_surprisals() -> None:
    tokens, read = counts.made(64, 0), counts.made(40, 1)
    found = Conditional(counts.ours(tokens)).surprisals(read).values
    assert found.isposinf().any()
    torch.testing.assert_close(counts.looked_up(counts.loop(tokens), read), found, equal_nan=True)
    # To a sparse matrix, an unseen context is a row of zeros.
    ours = found.nan_to_num(torch.inf, torch.inf)
    torch.testing.assert_close(counts.indexed(counts.probabilities(counts.ours(tokens)), read), ours)


def test_both_tables_have_their_rows_and_bars(tmp_path: Path) -> None:
    counting, reading = counts.tables(Options(out=tmp_path, warmup=0))
    assert [row.name for row in counting.rows][:3] == [counts.OURS, counts.STREAM, counts.SPILLED]
    assert counting.row(counts.OURS).rate == pytest.approx(64 * 11 / counting.row(counts.OURS).calls[0])
    assert counting.bars[-1].met
    assert [row.name for row in reading.rows] == [counts.LOOKUP, counts.INDEXED, counts.LOOP]
    assert reading.bars[-1].met
