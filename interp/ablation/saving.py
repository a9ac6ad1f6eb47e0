"""Conditional means in one safetensors file, and back."""

import json
from pathlib import Path

import torch
from torch import Tensor

from interp.ablation.keys import KNOWN, Keys, called
from interp.ablation.means import ConditionalMeans
from interp.ablation.rows import Rows
from interp.errors import FileError, InterpError
from interp.files import read_tensors, write_tensors
from interp.models.sites import Site, site

FORMAT = "conditional means 1"
"""What the header calls a file of ours; the number grows when the layout changes."""
_LAYOUT = ("counts", "position", "token", "first", "key")


def write(means: ConditionalMeans, path: Path) -> None:
    """Write `means` to `path`, whole or not at all; raises `FileError` when that fails."""
    layout = means.layout
    tensors = {"counts": layout.counts, "position": layout.position, "token": layout.token, "first": layout.first}
    tensors |= {"key": torch.cat(layout.slots)} | {one.name: table for one, table in means.values.items()}
    header = {
        "format": FORMAT,
        "model": means.model,
        "keys": called(means.keys),
        "floor": str(means.floor),
        "sites": json.dumps([one.name for one in means.sites]),
    }
    write_tensors(path, tensors, header)


def read(path: Path, keys: Keys | None = None) -> ConditionalMeans:
    """What `write` wrote; raises `FileError` when it is missing, damaged, of another kind, or made with other keys."""
    tensors, header = read_tensors(path)
    if header.get("format") != FORMAT:
        raise FileError(f"cannot read {path}: it holds no conditional means (format {header.get('format')!r})")
    try:
        sites = [site(name) for name in json.loads(header["sites"])]
        values = {one: tensors[one.name] for one in sites}
        floor, model, name = int(header["floor"]), header["model"], header["keys"]
        layout = _layout(tensors)
        _require_whole(layout, values)
    except (KeyError, ValueError, TypeError, RuntimeError, InterpError) as error:
        raise FileError(f"cannot read {path}: what is inside does not fit together ({error})") from error
    return ConditionalMeans(values, layout, _keys(path, name, keys), floor, model)


def _layout(tensors: dict[str, Tensor]) -> Rows:
    counts, position, token, first, key = (tensors[name] for name in _LAYOUT)
    sizes = position.bincount().tolist()
    return Rows(torch.split(key, sizes), counts, position, token, first)


def _require_whole(layout: Rows, values: dict[Site, Tensor]) -> None:
    """Raise `ValueError` unless every table has the layout's rows, and keys ascend at each position."""
    lengths = {len(part) for part in (*layout[1:], *values.values())}
    if len(lengths) != 1 or lengths == {0}:
        raise ValueError(f"tables of {sorted(lengths)} rows")
    if (layout.position.diff() < 0).any() or any((slot.diff() <= 0).any() or not len(slot) for slot in layout.slots):
        raise ValueError("rows out of order")
    if (layout.counts < 1).any():
        raise ValueError("a row without contexts")


def _keys(path: Path, name: str, given: Keys | None) -> Keys:
    keys = KNOWN.get(name) if given is None else given
    if keys is None:
        raise FileError(f"{path} was fitted with {name}, which no file can hold: hand the function in as keys=")
    if called(keys) != name:
        raise FileError(f"{path} was fitted with the keys {name}, not {called(keys)}")
    return keys


__all__ = ["FORMAT", "read", "write"]
