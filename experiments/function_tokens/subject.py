"""The model that is looked into, the text on both sides of the split, and the function tokens of the training side.

`subject = prepare(settings, this)` with settings that extend `Plan`; then `subject.windows` (what dictionaries are
trained on), `subject.held_out` (what everything is measured on), `subject.function` and `.function.content` (token sets
with `.mask` and `.ids`), `subject.of(checkpoint)`, and `subject.rng("nulls")` for randomness of its own.
"""

import hashlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Int64, Integer
from torch import Tensor

import interp
from experiments.function_tokens.settings import Plan
from experiments.language.dictionaries.reading import kept_out, some
from experiments.language.text import tokenised
from interp.errors import InterpError, ModelError
from interp.models.fingerprint import fingerprint
from interp.models.model import Model
from interp.records import Run
from interp.sequences import Sequences
from interp.text import Corpus
from interp.text.codec import Codec
from interp.token_classes import TokenSet, TokenStatistics, pieces, word_initial


@dataclass(frozen=True, eq=False)
class Subject:
    """One model on one text. Dictionaries are trained on `windows`; everything is measured on `held_out`.

    Made by `prepare`; `of` puts another model with the same vocabulary in its place.
    """

    model: Model
    train: Corpus
    """The training documents, by name."""
    fresh: Corpus
    """The documents of `held_out`, which numbers them in this order."""
    windows: Sequences
    """Windows of the training documents, all over."""
    held_out: Sequences
    """Windows of documents that neither the zoo's models nor dictionaries have seen."""
    statistics: TokenStatistics
    """Counts of every token over all training documents."""
    function: TokenSet
    """The function tokens of the training documents; `function.content` are all others."""
    plan: Plan
    bos: int | None
    """The token that begins every window, if one does."""
    seed: int
    """Of the run."""

    @property
    def vocabulary(self) -> int:
        """Token ids that the model reads."""
        return self.model.vocabulary

    @property
    def tokens(self) -> Integer[Tensor, "sequence position"]:
        """The held-out windows, as the model reads them."""
        return self.held_out.tokens.long()

    @property
    def documents(self) -> Int64[Tensor, "sequence position"]:
        """The document of each held-out token, numbered without gaps: the unit of intervals."""
        numbers: Tensor = torch.unique(self.held_out.documents, return_inverse=True)[1]
        return numbers

    @cached_property
    def word_initial(self) -> Bool[Tensor, " token"]:
        """Of each token id, whether it begins a word."""
        return word_initial(self.model.tokenizer, self.vocabulary)

    @cached_property
    def pieces(self) -> list[str | None]:
        """What each token id adds to a text: " the"; None for special tokens."""
        return pieces(self.model.tokenizer, self.vocabulary)

    def name(self, token: int) -> str:
        """A token as figures show it."""
        return shown(self.pieces[token])

    def rng(self, purpose: str) -> np.random.Generator:
        """A random stream of its own for every purpose, so that one measurement does not change another."""
        words = np.frombuffer(hashlib.sha256(purpose.encode()).digest()[:16], dtype=np.uint32)
        return np.random.default_rng([self.seed, *words.tolist()])

    def generator(self, purpose: str) -> torch.Generator:
        """The same for torch."""
        return torch.Generator().manual_seed(int(self.rng(purpose).integers(2**63)))

    def of(self, model: Model) -> "Subject":
        """The same text and sets for another model: a checkpoint, a control, another size.

        Raises `ModelError` for another vocabulary or tokenizer.
        """
        same = model.vocabulary == self.vocabulary and Codec.of(model.tokenizer).fingerprint == self.train.tokenizer
        if not same:
            raise ModelError(
                f"{model.name} and {self.model.name} do not read the same tokens: they have other tokenizers, or "
                f"{model.vocabulary} and {self.vocabulary} token ids"
            )
        return replace(self, model=model)

    def told(self) -> dict[str, Any]:
        """What a record keeps of all this."""
        return {
            "model": self.model.name, "vocabulary": self.vocabulary, "train_tokens": self.statistics.tokens,
            "train_documents": self.statistics.document_count, "held_out_tokens": self.held_out.rows,
            "held_out_documents": int(self.documents.max()) + 1, "function_tokens": len(self.function),
            "function_share": self.function.share(self.statistics), "dictionary_tokens": self.windows.rows,
        }  # fmt: skip


def prepare(plan: Plan, this: Run) -> Subject:
    """Load the model, read and split the text, and find its function tokens.

    Documents to measure on are those that the zoo's language models were not trained on either. Raises `InterpError`
    when either side is too short for a window, and for a BOS that the tokenizer does not have.
    """
    model = interp.load(plan.model, device=this.device, dtype=this.dtype)
    this.say(f"reading {plan.corpus} for {model}")
    corpus = tokenised(plan.corpus, plan.documents, model, this.work.parent.parent)
    chosen = torch.tensor([kept_out(name) for name in corpus.names])
    if not chosen.any() or chosen.all():
        raise InterpError(f"{len(corpus)} documents of {plan.corpus} are too few to keep some out by their hashes")
    train, fresh = (corpus.part(side.nonzero()[:, 0]) for side in (~chosen, chosen))
    bos = _bos(model) if plan.bos else None
    windows, held_out = (
        some(part.sequences(plan.context, bos), count)
        for part, count in ((train, plan.sequences), (fresh, plan.held_out))
    )
    statistics = TokenStatistics.of((train.document(number) for number in range(len(train))), model.vocabulary)
    function = TokenSet.by_coverage(statistics, plan.share)
    subject = Subject(model, train, fresh, windows, held_out, statistics, function, plan, bos, this.seed)
    this.note(model_hash=fingerprint(model), data_hash=windows.fingerprint(), held_out_hash=held_out.fingerprint())
    return subject


def shown(piece: str | None) -> str:
    """The text of a token with its blanks and line breaks to be seen: "_the" and "\\n"; "special" for none."""
    if piece is None:
        return "special"
    return piece.replace(" ", "_").replace("\n", "\\n").replace("\t", "\\t") or "nothing"


def _bos(model: Model) -> int:
    found = model.tokenizer.bos_token_id
    if found is None:
        raise InterpError(f"the tokenizer of {model.name} has no BOS: leave --bos away")
    return int(found)


__all__ = ["Subject", "prepare", "shown"]
