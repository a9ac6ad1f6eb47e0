"""Stores made by hand from the description of their folder, without the code that harvests."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import save_file
from torch import Tensor

import interp
from interp.models.sites import Site
from interp.store.manifest import Manifest
from interp.store.receipt import written
from interp.store.store import Store

SITES = (interp.resid(1), interp.z(0))
SHAPES = ((6,), (2, 3))
SEQUENCES, LENGTH, PER_SHARD = 14, 9, 4
"""The last of four shards is short, and nothing of the second is kept."""


class Made(NamedTuple):
    """A store, and everything that is in it."""

    store: Store
    rows: dict[Site, Tensor]
    columns: dict[str, Tensor]


def made(folder: Path, dtype: torch.dtype = torch.float16, **fields: Any) -> Made:
    """Rows of random numbers; documents of two sequences that begin in the middle of a shard; a few positions kept."""
    generator = torch.Generator().manual_seed(1)
    sequence = torch.arange(SEQUENCES)[:, None].expand(SEQUENCES, LENGTH)
    position = torch.arange(LENGTH)[None].expand(SEQUENCES, LENGTH)
    kept = torch.rand(SEQUENCES, LENGTH, generator=generator) < 0.8
    kept[PER_SHARD : 2 * PER_SHARD] = False
    columns = {
        "sequence": sequence,
        "position": position,
        "document": 7 + (sequence + 1) // 2,
        "place": position + LENGTH * ((sequence + 1) % 2),
        "token": torch.randint(50, (SEQUENCES, LENGTH), generator=generator),
    }
    index = {name: column[kept].int() for name, column in columns.items()}
    count = int(kept.sum())
    rows = {
        site: torch.randn(count, *shape, generator=generator).to(dtype)
        for site, shape in zip(SITES, SHAPES, strict=True)
    }
    about: dict[str, Any] = {
        "model": "small", "model_fingerprint": "f" * 64, "config_fingerprint": "c" * 64, "data": "numbers",
        "data_fingerprint": "d" * 64, "sites": tuple(map(str, SITES)), "shapes": SHAPES,
        "dtype": str(dtype).removeprefix("torch."), "batch": 2, "per_shard": PER_SHARD, "sequences": SEQUENCES,
        "rows": count,
    }  # fmt: skip
    manifest = Manifest(**{**about, **fields})
    manifest.write(folder)
    for shard in range(manifest.shards):
        put(folder, shard, rows, index, index["sequence"] // PER_SHARD == shard)
    return Made(Store(folder), rows, index)


def put(folder: Path, shard: int, rows: dict[Site, Tensor], index: dict[str, Tensor], here: Tensor) -> None:
    """Write a shard with these rows."""
    place = folder / "shards" / f"{shard:05}"
    place.mkdir(parents=True)
    for number, tensor in enumerate(rows.values()):
        save_file({"rows": tensor[here].contiguous()}, place / f"rows_{number}.safetensors")
    save_file({name: column[here] for name, column in index.items()}, place / "index.safetensors")
    files = {path.name: written(path)._asdict() for path in place.iterdir()}
    (place / "receipt.json").write_text(json.dumps({"rows": int(here.sum()), "files": files}), encoding="utf8")
