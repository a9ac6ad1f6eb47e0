"""A small harvest with everything that could go wrong: ragged kept positions, an empty shard, a short last batch."""

from pathlib import Path
from typing import Any

import torch

from interp import Model, Sequences, pattern, resid, z
from interp.store.harvest import harvest
from interp.store.store import Store
from tests.architectures import made, some_tokens

SITES = (resid(2), resid(0), z(1), pattern(0))
"""Rows of three shapes; the order is not that of the model."""
SETTINGS: dict[str, Any] = {"shard": 5, "batch": 2, "quiet": True}
"""Four shards, of which the third has no rows and the last has three sequences."""


def data(seed: int = 0) -> Sequences:
    """Eighteen sequences of seven tokens; sequences 10 to 14 keep nothing, 0 to 4 keep everything."""
    tokens = some_tokens(18, 7, seed)
    kept = torch.rand(tokens.shape, generator=torch.Generator().manual_seed(1)) < 0.6
    kept[:5], kept[10:15] = True, False
    documents = torch.arange(18)[:, None].expand(18, 7) // 3
    places = torch.arange(7)[None].expand(18, 7) - 1
    return Sequences(tokens, documents, places, kept, "made up")


def harvested(out: Path, model: Model | None = None, **changes: Any) -> Store:
    """The small harvest; `changes` are arguments of `harvest` that differ."""
    given: dict[str, Any] = {"data": data(), "sites": SITES, **SETTINGS, **changes}
    return harvest(model or made("gpt2"), given.pop("data"), given.pop("sites"), out, **given)


def left(folder: Path) -> dict[str, bytes]:
    """All files of a store, by name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
