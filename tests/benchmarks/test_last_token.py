"""The contestants of the benchmark answer the same question, from prompts that differ."""

import torch

from benchmarks.last_token import POSITIONS, _reference, made
from benchmarks.options import Options
from interp.last_token.setting import AllForOne


@torch.no_grad()
def test_both_ways_come_to_the_same_logits() -> None:
    subject, setting = made(2, 100, Options(), operands=12), AllForOne(1, 1)
    assert subject.tokens.shape == (100, POSITIONS) == (len(subject.tokens.unique(dim=0)), POSITIONS)
    engine = subject.engine(64)
    torch.testing.assert_close(
        engine.logits(subject.tokens, setting), _reference(subject, setting, 100), rtol=0, atol=1e-4
    )
    # One sink, and every operand and sign once: each in the block that transfers.
    assert engine.cost(setting, 100, POSITIONS) == 100 + (2 * 12 + 1) + 1
