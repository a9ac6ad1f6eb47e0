"""A small made language with documents enough to split, and settings that train on it in a second."""

from collections.abc import Iterator

import numpy as np

from experiments.language.model import Shape
from experiments.language.settings import TrainSettings
from interp.text import Document

WORDS = (
    "the",
    "model",
    "reads",
    "a",
    "token",
    "and",
    "then",
    "it",
    "writes",
    "one",
    "more",
    "as",
    "none",
    "is",
    "left",
)

QUICK = TrainSettings(
    shape=Shape(vocabulary=280, context=16, depth=1, width=16, heads=2),
    corpus="made",
    validation=0.2,
    steps=10,
    batch=4,
    warmup=2,
    checkpoints=6,
    log_every=2,
    checkpoint_every=4,
)


def made(source: str, quiet: bool = False) -> Iterator[Document]:
    """Ten documents of thirty words, each word followed by one of two."""
    generator = np.random.default_rng(0)
    for number in range(10):
        place, words = number, []
        for _ in range(30):
            place = (2 * place + int(generator.integers(2))) % len(WORDS)
            words.append(WORDS[place])
        yield Document(f"{source}:{number}", " ".join(words))
