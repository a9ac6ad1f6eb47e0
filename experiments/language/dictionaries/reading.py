"""The text, cut into what dictionaries are trained on and what they are judged on."""

from hashlib import sha256
from itertools import islice
from typing import NamedTuple

import torch

from experiments.language.dictionaries.settings import Settings
from interp.errors import InterpError
from interp.models.model import Model
from interp.sequences import Sequences
from interp.text import Corpus, documents

SHARE = 0.04
"""Of the documents, about, those to judge on. The zoo's language models keep out the 5 % with the lowest hashes: below
this they keep out all, whichever part of the text is read."""


class Reading(NamedTuple):
    """Windows of documents that lie on one side of a split each."""

    train: Sequences
    """What activations are harvested from."""
    fresh: Sequences
    """What dictionaries are judged on."""
    corpus: Corpus
    """The documents of `fresh`."""


def read(settings: Settings, model: Model) -> Reading:
    """Tokenise the text with the model's own tokenizer; documents to judge on are new to the model, too.

    Raises `InterpError` when either side is too short for a window.
    """
    found = list(islice(documents(settings.corpus), settings.documents))
    corpus = Corpus.of(found, model.tokenizer, settings.corpus)
    numbers = torch.arange(len(corpus))
    chosen = torch.tensor([kept_out(name) for name in corpus.names])
    if not chosen.any() or chosen.all():
        raise InterpError(f"{len(corpus)} documents of {settings.corpus} are too few to keep some out by their hashes")
    parts = corpus.part(numbers[~chosen]), corpus.part(numbers[chosen])
    bos = model.tokenizer.bos_token_id
    windows = [part.sequences(settings.context, bos) for part in parts]
    if min(map(len, windows)) < 1:
        raise InterpError(f"{settings.corpus} is too short for windows of {settings.context} tokens on both sides")
    return Reading(some(windows[0], settings.sequences), some(windows[1], settings.held_out), parts[1])


def kept_out(name: str) -> bool:
    """Whether a document is one to judge on."""
    return int.from_bytes(sha256(name.encode()).digest()[:8]) < SHARE * 2**64


def some(windows: Sequences, count: int) -> Sequences:
    """At most `count` windows from all over, in their order."""
    if len(windows) <= count:
        return windows
    picked = torch.linspace(0, len(windows) - 1, count).long()
    fields = (windows.tokens[picked], windows.documents[picked], windows.places[picked], windows.kept[picked])
    return Sequences(*fields, windows.source)


__all__ = ["Reading", "kept_out", "read", "some"]
