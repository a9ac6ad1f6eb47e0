"""Tiny models with the project's own tokenizer, as Hugging Face folders made once."""

from pathlib import Path
from typing import Any

import pytest
import torch

from experiments.gpt2 import gpt2
from experiments.mental_math.numbers import number_tokenizer
from experiments.mental_math.tasks import TASKS
from experiments.mental_math.templates import STYLES


@pytest.fixture(scope="session")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GPT-2 of 3 blocks with random weights that reads every task and every style, numbers up to 99."""
    return _saved(_made()[0], tmp_path_factory.mktemp("models") / "untrained")


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, after a few seconds of learning the sums of two numbers up to 9 by heart."""
    hf, tokenizer = _made()
    texts = [f"{a}+{b}={a + b}" for a in range(10) for b in range(10)]
    tokens = torch.tensor(tokenizer(texts)["input_ids"])
    optimiser = torch.optim.AdamW(hf.parameters(), lr=5e-3)
    for _ in range(60):
        loss = torch.nn.functional.cross_entropy(hf(tokens[:, :-1]).logits[:, -1], tokens[:, -1])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return _saved(hf, tmp_path_factory.mktemp("models") / "trained")


def _made() -> tuple[Any, Any]:
    texts = [task.template for task in TASKS.values()]
    texts += [written for style in STYLES.values() for written in style.values()]
    tokenizer = number_tokenizer(99, [text.format(A=1, B=2, C=3) for text in texts])
    hf: Any = gpt2(
        vocabulary=len(tokenizer), context=40, depth=3, width=32, heads=4, dropout=0.0, separator=None, seed=0
    )
    hf.tokenizer = tokenizer
    return hf, tokenizer


def _saved(hf: Any, folder: Path) -> Path:
    hf.save_pretrained(folder)
    hf.tokenizer.save_pretrained(folder)
    return folder
