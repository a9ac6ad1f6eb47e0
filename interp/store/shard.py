"""Write one shard: rows, index and receipt, in a folder that appears whole or not at all."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import torch
from jaxtyping import Int32, Shaped
from torch import Tensor
from xxhash import xxh3_128

from interp.errors import ShapeError
from interp.files import appearing, write_parts
from interp.store.receipt import FILE, INDEX, Receipt, Written, rows_file, shard_folder

_NAMES = {
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.float32: "F32",
    torch.float64: "F64",
    torch.int32: "I32",
}
"""Types as safetensors calls them."""
_ALIGNED = 64
_PART = 2**20
"""Bytes that are hashed and then written while they are still in the processor's cache."""


def write_shard(
    store: Path, shard: int, rows: Sequence[Shaped[Tensor, " row ..."]], index: Mapping[str, Int32[Tensor, " row"]]
) -> Receipt:
    """Put the `rows` of every site and their `index` into the store as shard number `shard`; its receipt.

    The tensors are contiguous and on the CPU; they are written from where they are, without a copy. An existing shard
    of that number is replaced. Raises `FileError` when the disk is full or cannot be written; nothing of the shard is
    then left, and all others are as they were.
    """
    count = len(next(iter(index.values())))
    if any(len(tensor) != count for tensor in (*rows, *index.values())):
        raise ShapeError(f"every site and every column of the index must have {count} rows")
    tensors = {rows_file(number): {"rows": tensor} for number, tensor in enumerate(rows)} | {INDEX: index}
    with appearing(shard_folder(store, shard)) as folder:
        receipt = Receipt(count, {name: _write(folder / name, content) for name, content in tensors.items()})
        write_parts(folder / FILE, [(json.dumps(receipt.json(), indent=2) + "\n").encode()])
    return receipt


def _write(path: Path, tensors: Mapping[str, Tensor]) -> Written:
    digest, size = xxh3_128(), 0

    def hashed() -> Iterator[bytes | memoryview]:
        nonlocal size
        for part in _parts(tensors):
            digest.update(part)
            size += len(part)
            yield part

    write_parts(path, hashed())
    return Written(digest.hexdigest(), size)


def _parts(tensors: Mapping[str, Tensor]) -> Iterator[bytes | memoryview]:
    """A safetensors file: the length of its header, the header, the bytes of the tensors one after the other."""
    header, end = {}, 0
    for name, tensor in tensors.items():
        begin, end = end, end + tensor.nbytes
        header[name] = {"dtype": _NAMES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    # Spaces at the end are allowed, and let the rows begin at an even place of the file, for those who map it.
    text += b" " * (-(8 + len(text)) % _ALIGNED)
    yield len(text).to_bytes(8, "little") + text
    for tensor in tensors.values():
        content = tensor.view(torch.uint8).flatten().numpy().data
        for begin in range(0, len(content), _PART):
            yield content[begin : begin + _PART]


__all__ = ["write_shard"]
