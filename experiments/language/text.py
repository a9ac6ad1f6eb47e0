"""The text as the model's tokens, read once and kept beside the run folders: reading takes longer than a search."""

import hashlib
import json
from itertools import islice
from pathlib import Path
from typing import Any

from interp.errors import FileError
from interp.models.model import Model
from interp.settings import portable
from interp.text import Corpus, documents
from interp.text.codec import Codec
from interp.text.docstrings import LIBRARIES, installed

TEXT = "text"
"""The folder beside the run folders in which tokenised texts are kept."""


def tokenised(source: str, count: int | None, model: Model, folder: Path) -> Corpus:
    """The first `count` documents of `source` (all: None) as tokens of `model`; found in `folder` from then on.

    A text is read again when its file has changed, or the libraries whose documentation it is have other versions; a
    dataset of the hub only when its folder is deleted. Raises as `interp.text.documents` and `Corpus.of` do.
    """
    facts = {"source": portable(source), "documents": count, "state": _state(source)}
    facts["tokenizer"] = Codec.of(model.tokenizer).fingerprint
    place = folder / TEXT / hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:24]
    if (place / "corpus.json").exists():
        try:
            return Corpus.load(place)
        except FileError:
            pass  # damaged: it is made again
    corpus = Corpus.of(islice(documents(source), count), model.tokenizer, portable(source))
    corpus.save(place)
    return corpus


def _state(source: str) -> Any:
    """What changes when the text does, as far as that can be seen without reading it."""
    if source == "documentation":
        return sorted(f"{one.name} {one.version}" for one in installed(LIBRARIES))
    path = Path(source)
    return [path.stat().st_size, path.stat().st_mtime_ns] if path.is_file() else None


__all__ = ["TEXT", "tokenised"]
