"""The model that is looked into, the text on both sides of the split, and the bigrams of the training side."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float64, Int32, Int64, Integer
from torch import Tensor

import interp
from experiments.bigrams.settings import Plan
from experiments.language.dictionaries.reading import kept_out, some
from experiments.language.text import tokenised
from experiments.language.windows import Windows
from interp.counts.conditional import Conditional, Surprisals
from interp.counts.counter import Counter
from interp.errors import InterpError, ModelError, ShapeError
from interp.models.fingerprint import fingerprint
from interp.models.model import Model
from interp.records import Run
from interp.sequences import Sequences
from interp.subnetworks.maskable import parameters
from interp.text.codec import Codec


@dataclass(frozen=True, eq=False)
class Subject:
    """One model on one text. Masks are searched for on the training side and judged on `held_out`, never chosen there.

    Made by `prepare`; `of` puts another model with the same vocabulary in its place.
    """

    model: Model
    stream: Int32[Tensor, " token"]
    """The training documents, a separator after each: what bigrams are counted on and searches read."""
    held_out: Sequences
    """Windows of documents that neither the model nor the counts have seen."""
    conditional: Conditional
    """P(next token | token), as counted on the stream, without smoothing."""
    bigrams: Surprisals
    """How surprising the tokens of `held_out` are to these counts: [sequence position-1], nats."""
    plan: Plan
    tokenizer: str
    """The fingerprint of the model's tokenizer."""
    separator: int
    """The token between documents."""
    bos: int | None
    """The token that begins every window, if one does."""
    data: str
    """SHA-256 of the stream and of how it is cut: with model, target and search the identity of a mask."""
    seed: int
    """Of the run."""

    @property
    def tokens(self) -> Integer[Tensor, "sequence position"]:
        """The held-out windows, as the model reads them."""
        return self.held_out.tokens.long()

    @property
    def surprisals(self) -> Float64[Tensor, "sequence predicted"]:
        """`bigrams.values`: inf where a pair was never seen, nan where a context never was."""
        return self.bigrams.values

    @property
    def documents(self) -> Int64[Tensor, "sequence predicted"]:
        """The document of each held-out token that is predicted, numbered without gaps: the unit of intervals."""
        numbers: Tensor = torch.unique(self.held_out.documents[:, 1:], return_inverse=True)[1]
        return numbers

    @property
    def total(self) -> int:
        """Weights that a mask may drop: those of all attention and MLP matrices."""
        return sum(weight.numel() for weight in parameters(self.model).values())

    def size(self, share: float) -> int:
        """The number of weights that is a share of them all, 1 at least. Raises `ShapeError` outside 0 to 1."""
        if not 0 < share <= 1:
            raise ShapeError(f"a share of the weights lies between 0 and 1, not {share}")
        return max(1, round(share * self.total))

    def rng(self, purpose: str) -> np.random.Generator:
        """A random stream of its own for every purpose, so that one measurement does not change another."""
        words = np.frombuffer(hashlib.sha256(purpose.encode()).digest()[:16], dtype=np.uint32)
        return np.random.default_rng([self.seed, *words.tolist()])

    def generator(self, purpose: str) -> torch.Generator:
        """The same for torch."""
        return torch.Generator().manual_seed(int(self.rng(purpose).integers(2**63)))

    def known(self, tokens: Integer[Tensor, "batch position"]) -> Bool[Tensor, "batch position"]:
        """Where the token was ever followed by another in the training text."""
        return self.conditional.seen(self.conditional.after(tokens).numbers).to(tokens.device)

    def batches(self, seed: int) -> Callable[[int], Integer[Tensor, "batch position"]]:
        """The tokens of each step of a search: windows of the stream in an order of their own for every seed."""
        plan = self.plan
        windows = Windows(
            self.stream, plan.context - 1, plan.batch, separator=self.separator if self.bos is None else self.bos,
            bos=0.0 if self.bos is None else 1.0, seed=seed,
        )  # fmt: skip
        return lambda step: windows(step).to(self.model.device)

    def of(self, model: Model) -> "Subject":
        """The same text for another model: a checkpoint, a control, another size.

        Raises `ModelError` for another vocabulary or tokenizer.
        """
        if model.vocabulary != self.model.vocabulary or Codec.of(model.tokenizer).fingerprint != self.tokenizer:
            raise ModelError(
                f"{model.name} and {self.model.name} do not read the same tokens: they have other tokenizers, or "
                f"{model.vocabulary} and {self.model.vocabulary} token ids"
            )
        return replace(self, model=model)

    def told(self) -> dict[str, Any]:
        """What a record keeps of all this."""
        judged = self.surprisals
        return {
            "model": self.model.name, "weights": self.total, "train_tokens": len(self.stream),
            "held_out_tokens": judged.numel(), "held_out_documents": int(self.documents.max()) + 1,
            "unseen_pairs": self.bigrams.unseen_pairs, "unseen_contexts": self.bigrams.unseen_contexts,
            "bigram_loss": float(judged[judged.isfinite()].mean()), "bigram_entropy": self.conditional.entropy(),
        }  # fmt: skip


def prepare(plan: Plan, this: Run) -> Subject:
    """Load the model, read and split the text, and count its bigrams.

    Documents to judge on are those that the zoo's language models were not trained on either. Raises `InterpError`
    when either side is too short, and for a BOS that the tokenizer does not have.
    """
    model = interp.load(plan.model, device=this.device, dtype=this.dtype)
    this.say(f"reading {plan.corpus} for {model}")
    corpus = tokenised(plan.corpus, plan.documents, model, this.work.parent.parent)
    chosen = torch.tensor([kept_out(name) for name in corpus.names])
    if not chosen.any() or chosen.all():
        raise InterpError(f"{len(corpus)} documents of {plan.corpus} are too few to keep some out by their hashes")
    train, fresh = (corpus.part(side.nonzero()[:, 0]) for side in (~chosen, chosen))
    bos = _bos(model) if plan.bos else None
    end = torch.tensor([corpus.codec.eos], dtype=torch.int32)
    # The separator after the last document, too: every token of the stream is then a context that was seen.
    stream = torch.cat([train.sequences(1).tokens.flatten(), end])
    held_out = some(fresh.sequences(plan.context, bos), plan.held_out)
    conditional = Conditional(_counts(stream, model.vocabulary, corpus.codec.eos, bos))
    subject = Subject(
        model, stream, held_out, conditional, conditional.surprisals(held_out.tokens), plan,
        corpus.tokenizer, corpus.codec.eos, bos, _identity(stream, [plan.context, plan.batch, bos]), this.seed,
    )  # fmt: skip
    subject.batches(0)  # a text too short for a batch is refused here and not after the first search
    this.note(model_hash=fingerprint(model), data_hash=train.fingerprint(), held_out_hash=held_out.fingerprint())
    return subject


def _bos(model: Model) -> int:
    found = model.tokenizer.bos_token_id
    if found is None:
        raise InterpError(f"the tokenizer of {model.name} has no BOS: leave --bos away")
    return int(found)


def _counts(stream: Int32[Tensor, " token"], vocabulary: int, separator: int, bos: int | None) -> Any:
    counter = Counter(vocabulary, separator=separator).add(stream[None])
    if bos is not None and bos != separator:
        # What follows a BOS that was put before a window is a token from anywhere.
        counter.add(torch.stack([torch.full_like(stream, bos), stream], 1))
    return counter.counts()


def _identity(stream: Int32[Tensor, " token"], cut: list[int | None]) -> str:
    digest = hashlib.sha256(str(cut).encode())
    digest.update(stream.contiguous().numpy().tobytes())
    return digest.hexdigest()


__all__ = ["Subject", "prepare"]
