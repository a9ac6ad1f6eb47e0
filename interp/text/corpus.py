"""A corpus: documents as token ids, split, packed into sequences, shown, saved."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Int32, Int64, Integer
from torch import Tensor

from interp.errors import FileError, InterpError, ShapeError
from interp.files import read_json, read_tensors, write_json, write_tensors, write_text
from interp.progress import Reporter
from interp.sequences import Sequences
from interp.text.codec import Codec
from interp.text.document import Document
from interp.text.pack import pack

FORMAT = 1
_BATCH = 256


class Context(NamedTuple):
    """A token of a document with the text on either side; the three together are the text."""

    before: str
    """What stands before the token."""
    token: str
    """The token itself; the whole character where the token is only some of its bytes."""
    after: str
    """What stands after it."""


@dataclass(frozen=True, eq=False)
class Corpus:
    """Documents as one flat row of token ids, with nothing between or before them."""

    ids: Int32[Tensor, " token"]
    """All documents, one after the other."""
    starts: Int64[Tensor, " boundary"]
    """Where each document starts in `ids`, and a last entry where the last one ends."""
    names: tuple[str, ...]
    """What each document is called."""
    source: str
    """A name for where the documents come from, for people."""
    codec: Codec
    """The tokenizer that made the ids."""

    def __post_init__(self) -> None:
        count, sizes = len(self.names), self.starts.diff()
        if not count or len(self.starts) != count + 1:
            raise ShapeError(f"need one start a document and one end: {len(self.starts)} for {count} documents")
        if self.starts[0] != 0 or self.starts[-1] != len(self.ids) or (sizes < 1).any():
            raise ShapeError(f"the starts must rise from 0 to the {len(self.ids)} tokens, with a token a document")

    @classmethod
    def of(cls, documents: Iterable[Document], tokenizer: Any, source: str, *, quiet: bool = False) -> "Corpus":
        """Tokenise `documents` with a fast tokenizer (`PreTrainedTokenizerFast`), a batch at a time.

        Nothing is added: no BOS, no EOS. Documents without a token are left out. Raises `InterpError` when none is
        left, and for a tokenizer that is slow or has no EOS.
        """
        codec, names, ids = Codec.of(tokenizer), list[str](), list[Int32[np.ndarray, " token"]]()
        report = Reporter(len(documents), unit="document", quiet=quiet) if isinstance(documents, Sized) else None
        done = 0
        for batch in _batches(documents):
            for document, found in zip(batch, codec.encode([text for _, text in batch]), strict=True):
                if len(found):
                    names.append(document.name)
                    ids.append(found)
            done += len(batch)
            if report is not None:
                report(done)
        if not ids:
            raise InterpError(f"there is no text in {source}: {done} documents, none with a token")
        starts = np.concatenate([[0], np.cumsum([len(found) for found in ids])])
        return cls(
            torch.from_numpy(np.concatenate(ids)),
            torch.from_numpy(starts.astype(np.int64)),
            tuple(names),
            source,
            codec,
        )

    def __len__(self) -> int:
        """How many documents there are."""
        return len(self.names)

    def __repr__(self) -> str:
        return f"Corpus({self.source}: {len(self)} documents, {len(self.ids)} tokens)"

    @property
    def tokenizer(self) -> str:
        """The fingerprint of the tokenizer."""
        return self.codec.fingerprint

    def document(self, number: int) -> Int32[Tensor, " token"]:
        """The ids of document `number`. Raises `ShapeError` when there is no such document."""
        if not 0 <= number < len(self):
            raise ShapeError(f"there is no document {number}: {self.source} has 0 to {len(self) - 1}")
        return self.ids[self.starts[number] : self.starts[number + 1]]

    def fingerprint(self) -> str:
        """SHA-256 of ids, starts and tokenizer: the identity of the text. Names do not count."""
        digest = hashlib.sha256(self.tokenizer.encode())
        for tensor in (self.starts, self.ids):
            digest.update(tensor.contiguous().numpy().tobytes())
        return digest.hexdigest()

    def split(self, share: float, generator: torch.Generator) -> tuple["Corpus", "Corpus"]:
        """Two corpora, for training and for validation, the latter with about `share` of the documents.

        Documents stay whole and in order; at least one is on either side. Raises `ShapeError` for a share outside 0
        to 1, and for fewer than two documents.
        """
        if not 0 < share < 1:
            raise ShapeError(f"share must lie between 0 and 1, not {share}")
        if len(self) < 2:
            raise ShapeError(f"{self.source} has one document only, which cannot be split: documents stay whole")
        count = min(max(round(share * len(self)), 1), len(self) - 1)
        order = torch.randperm(len(self), generator=generator, device=generator.device).cpu()
        return self.part(order[count:].sort().values), self.part(order[:count].sort().values)

    def part(self, numbers: Integer[Tensor, " document"]) -> "Corpus":
        """The documents `numbers`, in that order. Raises `ShapeError` when there are none."""
        chosen = [self.document(number) for number in numbers.tolist()]
        if not chosen:
            raise ShapeError(f"no documents chosen from {self.source}")
        starts = torch.tensor([0, *(len(ids) for ids in chosen)]).cumsum(0)
        names = tuple(self.names[number] for number in numbers.tolist())
        return Corpus(torch.cat(chosen), starts, names, self.source, self.codec)

    def sequences(self, length: int, bos: int | None = None) -> Sequences:
        """Documents joined by EOS and cut into windows of `length` tokens, `bos` (if any) first in every window.

        What does not fill the last window is dropped: fewer than `length` tokens. BOS and separators have place -1
        and are not kept; a separator belongs to the document before it, a BOS to that of the token after it. Raises
        `ShapeError` when the corpus does not fill one window.
        """
        return pack(self.ids, self.starts, length, separator=self.codec.eos, bos=bos, source=self.source)

    def decode(self, ids: Integer[Tensor, " token"] | Sequence[int]) -> str:
        """The text of some token ids, special tokens by name."""
        return self.codec.decode(ids.tolist() if isinstance(ids, Tensor) else ids)

    def context(self, document: int, place: int, around: int = 16) -> Context:
        """The token at `place` of a document, and the text of `around` tokens on either side of it.

        Raises `ShapeError` for a document or place that is not there (a separator's or BOS's place is -1).
        """
        ids = self.document(document).tolist()
        if not 0 <= place < len(ids) or around < 0:
            raise ShapeError(f"document {document} has places 0 to {len(ids) - 1}, not {place} with {around} around")
        first = max(0, place - around)
        text = self.codec.decode(ids[first : place + around + 1])
        start, stop = (_shared(self.codec.decode(ids[first:end]), text) for end in (place, place + 1))
        stop = max(stop, start + 1)
        return Context(text[:start], text[start:stop], text[stop:])

    def save(self, folder: str | Path) -> None:
        """Write `tokens.safetensors`, `tokenizer.json` and `corpus.json`. Raises `FileError`."""
        folder = Path(folder)
        write_tensors(folder / "tokens.safetensors", {"ids": self.ids, "starts": self.starts})
        write_text(folder / "tokenizer.json", self.codec.content)
        facts = {"format": FORMAT, "source": self.source, "eos": self.codec.eos, "fingerprint": self.fingerprint()}
        write_json(folder / "corpus.json", {**facts, "names": self.names})

    @classmethod
    def load(cls, folder: str | Path) -> "Corpus":
        """The corpus that `save` wrote. Raises `FileError` when a file is missing, damaged, or of another corpus."""
        folder = Path(folder)
        facts = read_json(folder / "corpus.json")
        tensors, _ = read_tensors(folder / "tokens.safetensors")
        try:
            codec = Codec((folder / "tokenizer.json").read_text(encoding="utf8"), int(facts["eos"]))
            corpus = cls(tensors["ids"], tensors["starts"], tuple(facts["names"]), str(facts["source"]), codec)
            whole = facts["format"] == FORMAT and facts["fingerprint"] == corpus.fingerprint()
        except Exception as error:  # tokenizers raises plain Exception for what it cannot read
            raise FileError(f"cannot read the corpus in {folder}: {error}") from error
        if not whole:
            raise FileError(
                f"the corpus in {folder} is damaged or of another version: it is not the one that was saved"
            )
        return corpus


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    remaining = iter(documents)
    while batch := list(islice(remaining, _BATCH)):
        yield batch


def _shared(one: str, other: str) -> int:
    """How many characters two texts have in common at their start."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


__all__ = ["Context", "Corpus"]
