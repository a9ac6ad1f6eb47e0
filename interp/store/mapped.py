"""The rows of one file of a store, mapped into memory: nothing is read before it is used."""

import json
from math import prod
from pathlib import Path
from typing import Any

import torch
from jaxtyping import UInt8
from torch import Tensor

from interp.errors import FileError

NAMES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.float8_e4m3fn: "F8_E4M3",
    torch.float8_e5m2: "F8_E5M2",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}
"""How safetensors calls the types."""


def mapped(path: Path, shape: tuple[int, ...], dtype: torch.dtype) -> UInt8[Tensor, "row byte"]:
    """The bytes of the tensor "rows" of a safetensors file, which must have this shape and type.

    Copy what you use: the memory is the file, and a file that is cut short while it is mapped ends the process. (The
    mapping is private, so that nothing written to it reaches the file, and holds no file open.)
    Raises `FileError` for a file that is missing, cut short, or holds anything else.
    """
    try:
        size = path.stat().st_size
        with open(path, "rb") as handle:
            length = int.from_bytes(handle.read(8), "little")
            header = json.loads(handle.read(length)) if length <= size else None
    except (OSError, ValueError) as error:
        raise FileError(f"cannot read {path}: {error}. It is missing or damaged.") from error
    width = prod(shape[1:]) * dtype.itemsize
    wanted = {"dtype": NAMES[dtype], "shape": list(shape), "data_offsets": [0, shape[0] * width]}
    found: Any = header.get("rows") if isinstance(header, dict) else None
    if found != wanted or size != 8 + length + shape[0] * width:
        raise FileError(f"{path} is damaged or no file of this store: need {wanted} to its end, found {found}.")
    whole = torch.from_file(str(path), shared=False, size=size, dtype=torch.uint8)
    return whole[8 + length :].view(shape[0], width)


__all__ = ["NAMES", "mapped"]
