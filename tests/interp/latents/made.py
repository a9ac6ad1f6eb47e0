"""A store whose text is known, a dictionary whose latents can be computed by hand, and a page with awkward tokens."""

from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

import interp
from interp import Sequences
from interp.latents.context import Context, Token
from interp.latents.page import Band, Chance, Histogram, Neighbour, Page
from interp.store.manifest import Manifest
from interp.store.store import Store
from interp.text import Corpus, Document, train_bpe
from tests.interp.dictionaries.small import Small, random
from tests.interp.store.made import put

SITE = interp.resid(1)
WIDTH, LATENTS, DEAD = 6, 12, 3
TEXTS = [
    "The cat sat on the mat.\nIt purred, é and ü, all day long.",
    "A dog\tbarked at <b>nobody</b> & ran away from the cat.",
    "日本 is far away, they said, and the dog went home again.",
    "Nothing happened to the mat; the cat & the dog slept all day long.",
]


class World(NamedTuple):
    """All that a page is made from."""

    store: Store
    rows: Tensor
    data: Sequences
    corpus: Corpus
    dictionary: Small


def corpus(texts: list[str] | None = None) -> Corpus:
    """The texts in byte pairs, so few that many characters are cut in two."""
    documents = [Document(f"text {number}", one) for number, one in enumerate(texts or TEXTS)]
    return Corpus.of(documents, train_bpe([one for _, one in documents], 280), "made up", quiet=True)


def dictionary() -> Small:
    """Random latents of which one never fires."""
    found = random(WIDTH, LATENTS, dtype=torch.float32)
    with torch.no_grad():
        found.W_enc[:, DEAD] = 0
    return found


def world(folder: Path, **fields: Any) -> World:
    """A store of random rows for every token of the texts, in windows of 14 with a BOS, three to a shard."""
    text = corpus()
    data = text.sequences(14, bos=0)
    rows = torch.randn(data.rows, WIDTH, generator=torch.Generator().manual_seed(4))
    sequence, position = torch.meshgrid(torch.arange(len(data)), torch.arange(14), indexing="ij")
    columns = {
        "sequence": sequence, "position": position, "document": data.documents, "place": data.places,
        "token": data.tokens,
    }  # fmt: skip
    index = {name: column[data.kept].int() for name, column in columns.items()}
    about: dict[str, Any] = {
        "model": "small", "model_fingerprint": "f" * 64, "config_fingerprint": "c" * 64, "data": data.source,
        "data_fingerprint": data.fingerprint(), "sites": (str(SITE),), "shapes": ((WIDTH,),), "dtype": "float32",
        "batch": 2, "per_shard": 3, "sequences": len(data), "rows": data.rows,
    }  # fmt: skip
    manifest = Manifest(**{**about, **fields})
    manifest.write(folder)
    for shard in range(manifest.shards):
        put(folder, shard, {SITE: rows}, index, index["sequence"] // 3 == shard)
    return World(Store(folder), rows, data, text, dictionary())


def example(**changes: Any) -> Page:
    """A small page, some of whose tokens could break an HTML document."""
    tokens = (
        Token("<s>", None), Token(" the\n", 0.0), Token("<script>", 0.5), Token(" a  & b\r\n\t\u202e", 2.0),
        Token("", 1.0), Token("é\0", 0.0),
    )  # fmt: skip
    one = Context(row=7, sequence=1, position=4, document="<i>story", place=3, tokens=tokens, peak=3)
    about: dict[str, Any] = {
        "latent": 5, "dictionary": "topk", "latents": 64, "model": "toy", "site": str(SITE), "data": "made up",
        "rows": 1000, "fired": 10, "mean": 1.25, "highest": 2.0, "histogram": Histogram((0.0, 1.0, 2.0), (8, 2)),
        "top": (one,), "bands": (Band(0.0, 0.25, (one,)),), "neighbours": (Neighbour(9, 0.5),),
        "chance": Chance(0.3, 0.2, 0.4), "labelled": False, "label": None, "outputs": None,
    }  # fmt: skip
    return Page(**{**about, **changes})
