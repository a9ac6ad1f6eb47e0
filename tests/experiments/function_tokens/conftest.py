"""A tiny model that knows a little of a made language, and what the experiments prepare from it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from experiments.function_tokens.settings import Plan
from experiments.function_tokens.subject import Subject, prepare
from experiments.language.model import Shape, build, next_token_losses
from interp import records
from interp.text import Corpus, documents, train_bpe
from tests.experiments.language.made import made

STEPS = 40


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """A model of two blocks, its first and last checkpoint beside it, and dictionaries of a tenth of a second."""
    root = tmp_path_factory.mktemp("function_tokens")
    words = " ".join(document.text for source in "abcdef" for document in made(source)).split()
    paragraphs = [" ".join(words[start : start + 30]) for start in range(7, len(words), 15)]
    text = root / "text.txt"
    text.write_text("\n\n".join(paragraphs))
    tokenizer = train_bpe(paragraphs, 280)
    shape = Shape(vocabulary=len(tokenizer), context=16, depth=2, width=16, heads=2)
    model = build(shape, 0, 0)
    tokens = Corpus.of(documents(str(text)), tokenizer, "text", quiet=True).sequences(16).tokens.long()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(STEPS):
        optimizer.zero_grad()
        next_token_losses(model(tokens[:, :-1], use_cache=False).logits, tokens).mean().backward()
        optimizer.step()
    for step in (0, STEPS):
        kept = model if step else build(shape, 0, 0)
        for folder in [root / "checkpoints" / f"step-{step:06}", *[root / "model"] * bool(step)]:
            kept.save_pretrained(folder)  # type: ignore[operator]
            tokenizer.save_pretrained(folder)
    return Plan(
        model=str(root / "model"), corpus=str(text), context=12, sequences=100, held_out=20, width=48, k=4, rows=2048,
        batch=128,
    )  # fmt: skip


@pytest.fixture(scope="session")
def this(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Iterator[records.Run]:
    """A run under way, whose dictionaries all tests share."""
    out = tmp_path_factory.mktemp("runs") / "run"
    with records.run(out, "function_tokens/test", plan, 0, preset="tiny", command="interp run ...") as run:
        yield run
        run.keep({})


@pytest.fixture(scope="session")
def subject(plan: Plan, this: records.Run) -> Subject:
    """The tiny model on its text."""
    return prepare(plan, this)


@pytest.fixture
def other_run(plan: Plan, tmp_path: Path) -> Iterator[records.Run]:
    """A run in an empty place, with another seed."""
    with records.run(tmp_path / "run", "function_tokens/test", plan, 1, preset="tiny", command="interp run ...") as run:
        yield run
        run.keep({})
