"""Find out what a store is to be, and all that can be known to go wrong, before the first activation."""

import hashlib
import json
from collections.abc import Iterable
from math import prod
from pathlib import Path
from typing import Any

import torch

from interp.activations import taps
from interp.activations.capture import capture
from interp.errors import ModelError, ShapeError
from interp.models import attention
from interp.models.fingerprint import fingerprint
from interp.models.model import Model
from interp.models.sites import Site
from interp.sequences import Sequences
from interp.store.manifest import DTYPES, Manifest, dtype_name

_ROWS, _BYTES = 2**16, 2**29
"""A shard is as large as it can be with neither more rows nor more bytes; two of them are in memory at a time."""
_LARGEST = 2**31 - 1
"""The index is written in 32 bits."""


def identify(
    model: Model,
    data: Sequences,
    sites: Site | str | Iterable[Site | str],
    dtype: torch.dtype | str,
    shard: int | None,
    batch: int,
) -> Manifest:
    """The manifest of a harvest of `data` in shards of `shard` sequences (None: as many as is sensible).

    Raises `ShapeError` for tokens that the model cannot read, `UnknownNameError` for unknown sites and types, and
    `ModelError` for a model that does not compute what its weights say: in training mode, or being edited.
    """
    if batch < 1 or (shard is not None and shard < 1):
        raise ShapeError(f"batch and shard must be 1 or more, not {batch} and {shard}")
    _require_plain(model)
    chosen = set(model.find(sites))
    found = [one for one in model.sites if one in chosen]
    for one in found:
        if one.kind == "scores":
            raise ShapeError(f"{one} holds -inf where an edge is masked, which no store takes: harvest the pattern")
    # The smallest and the largest token, and one sequence, show whatever is wrong with any.
    model.checked(torch.stack([data.tokens.min(), data.tokens.max()])[None])
    if max(len(data), int(data.documents.max()), int(data.places.max())) > _LARGEST:
        raise ShapeError("sequences, documents and places must be numbered below 2^31: harvest parts of the data")
    rows = capture(model, data.tokens[:1], found, at=0)
    name = dtype_name(dtype)
    shapes = tuple(tuple(rows[one].shape[1:]) for one in found)
    return Manifest(
        model=_base(model.name),
        model_fingerprint=fingerprint(model),
        config_fingerprint=_config_fingerprint(model.hf),
        data=_base(data.source),
        data_fingerprint=data.fingerprint(),
        sites=tuple(one.name for one in found),
        shapes=shapes,
        dtype=name,
        batch=batch,
        per_shard=_per_shard(data, shapes, name, batch) if shard is None else shard,
        sequences=len(data),
        rows=data.rows,
        made_with=_made_with(model),
    )


def _require_plain(model: Model) -> None:
    """Raise unless the model computes what its weights say, the same every time."""
    if any(part.training for part in model.hf.modules()):
        raise ModelError(f"{model.name} is in training mode, where dropout draws at random. Call model.hf.eval().")
    for part in model.hf.modules():
        hooks = [*part._forward_hooks.values(), *part._forward_pre_hooks.values()]
        if part in attention._taps or any(
            hook.__module__ == taps.__name__ for hook in hooks if hasattr(hook, "__module__")
        ):
            raise ModelError(
                f"{model.name} is being edited or watched: a store holds what the model itself computes. "
                "Harvest outside the `with` block."
            )


def _config_fingerprint(hf: Any) -> str:
    """SHA-256 of what the configuration says beside where it came from and which version wrote it."""
    facts = hf.config.to_dict()
    for name in ("_name_or_path", "transformers_version", "architectures", "dtype", "torch_dtype"):
        facts.pop(name, None)
    facts["attention"] = hf.config._attn_implementation
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def _made_with(model: Model) -> dict[str, Any]:
    import transformers

    return {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "device": torch.cuda.get_device_name(model.device) if model.device.type == "cuda" else model.device.type,
        "threads": torch.get_num_threads(),
        "precision": torch.get_float32_matmul_precision(),
    }


def _base(name: str) -> str:
    """A name without the folders of this machine."""
    return Path(name).name if Path(name).is_absolute() else name


def _per_shard(data: Sequences, shapes: tuple[tuple[int, ...], ...], dtype: str, batch: int) -> int:
    """Sequences of a shard where none are asked for: whole batches, at least one."""
    length = data.tokens.shape[1]
    row = sum(prod(shape) for shape in shapes) * DTYPES[dtype].itemsize
    rows = min(_ROWS, _BYTES // row)
    return max(1, rows // length // batch) * batch


__all__ = ["identify"]
