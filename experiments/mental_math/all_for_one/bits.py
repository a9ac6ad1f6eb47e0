"""Which prompts were answered right, as short text: sweeps are kept as JSON."""

import numpy as np
from jaxtyping import Bool


def pack(marks: Bool[np.ndarray, " prompt"]) -> str:
    """Four marks to a hexadecimal digit."""
    return np.packbits(marks).tobytes().hex()


def unpack(text: str, count: int) -> Bool[np.ndarray, " prompt"]:
    """The `count` marks that `pack` was given."""
    found: Bool[np.ndarray, " prompt"] = np.unpackbits(np.frombuffer(bytes.fromhex(text), np.uint8), count=count) > 0
    return found


__all__ = ["pack", "unpack"]
