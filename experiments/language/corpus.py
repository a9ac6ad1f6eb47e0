"""What a language model learns from and is tested on: documents split by name, and a tokenizer made from one side."""

import hashlib
import warnings
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from experiments.language.settings import TrainSettings
from interp.errors import FileError, InterpError
from interp.files import read_json, write_json
from interp.settings import portable
from interp.text import Corpus, Document, documents, train_bpe


class Data(NamedTuple):
    """The two sides of the split, as token ids."""

    train: Corpus
    """What the model and its tokenizer are made from."""
    validation: Corpus
    """Documents that neither has seen."""
    tokenizer: Any
    """A `PreTrainedTokenizerFast`."""
    hash: str
    """SHA-256 of the names and texts of all documents: the identity of the text, whatever the tokenizer."""


def prepare(settings: TrainSettings, folder: Path, *, quiet: bool = False) -> Data:
    """Read, split and tokenise the text once; `folder` keeps the result for a training that is started again.

    Raises `FileError` when `folder` holds the text of other settings, and `InterpError` for fewer than two documents.
    """
    asked = {
        "corpus": portable(settings.corpus),
        "documents": settings.documents,
        "validation": settings.validation,
        "vocabulary": settings.shape.vocabulary,
        "context": settings.shape.context,
    }
    if not (folder / "data.json").exists():
        _make(settings, folder, asked, quiet)
    facts = read_json(folder / "data.json")
    if facts["asked"] != asked:
        raise FileError(f"{folder} holds a text of other settings. Choose another folder with --out, or delete it.")
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder / "tokenizer")
    return Data(Corpus.load(folder / "train"), Corpus.load(folder / "validation"), tokenizer, facts["hash"])


def held_out(names: Sequence[str], share: float) -> set[int]:
    """The numbers of the documents kept for validation: those whose names have the lowest hashes.

    So the same modules are held out wherever they are installed, whatever else is. At least one document is on either
    side. Raises `InterpError` for fewer than two.
    """
    if len(names) < 2 or not 0 < share < 1:
        raise InterpError(f"need two documents and a share between 0 and 1 to hold some out: {len(names)}, {share}")
    count = min(max(round(share * len(names)), 1), len(names) - 1)
    order = sorted(range(len(names)), key=lambda number: (hashlib.sha256(names[number].encode()).digest(), number))
    return set(order[:count])


def text_hash(texts: Iterable[Document]) -> str:
    """SHA-256 of names and texts, in order."""
    digest = hashlib.sha256()
    for name, text in texts:
        for part in (name.encode(), text.encode()):
            digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()


def warn_if_changed(found: str, model: Path) -> None:
    """Warn when the text called "documentation" here, with the hash `found`, is not what `model` was trained on.

    Other versions of the installed libraries have other docstrings; the numbers of a new model are then beside those
    of the old one, not equal to them.
    """
    trained = read_json(model / "training.json")["corpus"]["hash"]
    if trained != found:
        warnings.warn(
            f"the documentation on this machine (SHA-256 {found}) is not the one that {model.name} was trained on "
            f"({trained}): the libraries have other versions. `constraints.txt` pins the ones it was made with.",
            stacklevel=2,
        )


def _make(settings: TrainSettings, folder: Path, asked: dict[str, Any], quiet: bool) -> None:
    source = portable(settings.corpus)
    texts = list(islice(documents(settings.corpus, quiet=quiet), settings.documents))
    chosen = held_out([name for name, _ in texts], settings.validation)
    train = [text for number, text in enumerate(texts) if number not in chosen]
    validation = [text for number, text in enumerate(texts) if number in chosen]
    tokenizer = train_bpe((text for _, text in train), settings.shape.vocabulary)
    tokenizer.model_max_length = settings.shape.context
    tokenizer.save_pretrained(folder / "tokenizer")
    Corpus.of(train, tokenizer, source, quiet=quiet).save(folder / "train")
    Corpus.of(validation, tokenizer, source, quiet=quiet).save(folder / "validation")
    # Last: without it the folder holds nothing yet.
    write_json(folder / "data.json", {"asked": asked, "hash": text_hash(texts)})
