"""A tiny model that knows a little of a made language, and what the bigram experiments prepare from it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from experiments.bigrams.settings import Plan
from experiments.bigrams.subject import Subject, prepare
from experiments.language.model import Shape, build, next_token_losses
from interp import records
from interp.text import Corpus, documents, train_bpe
from tests.experiments.language.made import made


@pytest.fixture(scope="session")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Searches of half a second."""
    root = tmp_path_factory.mktemp("bigrams")
    words = " ".join(document.text for source in "abcdef" for document in made(source)).split()
    paragraphs = [" ".join(words[start : start + 30]) for start in range(7, len(words), 29)]
    text = root / "text.txt"
    text.write_text("\n\n".join(paragraphs))
    tokenizer = train_bpe(paragraphs, 280)
    model = build(Shape(vocabulary=len(tokenizer), context=16, depth=2, width=16, heads=2), 0, 0)
    tokens = Corpus.of(documents(str(text)), tokenizer, "text").sequences(16).tokens.long()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(60):
        optimizer.zero_grad()
        next_token_losses(model(tokens[:, :-1], use_cache=False).logits, tokens).mean().backward()
        optimizer.step()
    for step in (0, 60):
        kept = model if step else build(Shape(vocabulary=len(tokenizer), context=16, depth=2, width=16, heads=2), 0, 0)
        for folder in [root / "checkpoints" / f"step-{step:06}", *[root / "model"] * bool(step)]:
            kept.save_pretrained(folder)  # type: ignore[operator]
            tokenizer.save_pretrained(folder)
    return Plan(
        model=str(root / "model"), corpus=str(text), context=8, held_out=20, batch=8, steps=16, lams=(0.0, 2.0),
        core=0.2, optimal=(0.5, 0.2), seeds=2,
    )  # fmt: skip


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the runs of all experiments lie beside each other, so that a mask is searched for once."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="session")
def this(plan: Plan, runs: Path) -> Iterator[records.Run]:
    """A run under way, whose searches all tests share."""
    with records.run(runs / "run", "bigrams/test", plan, 0, preset="tiny", command="interp run ...") as run:
        yield run
        run.keep({})


@pytest.fixture(scope="session")
def subject(plan: Plan, this: records.Run) -> Subject:
    """The tiny model on its text."""
    return prepare(plan, this)


@pytest.fixture
def other_run(plan: Plan, tmp_path: Path) -> Iterator[records.Run]:
    """A run in an empty place, with another seed."""
    with records.run(tmp_path / "run", "bigrams/test", plan, 1, preset="tiny", command="interp run ...") as run:
        yield run
        run.keep({})
