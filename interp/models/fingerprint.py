"""A hash of a model's weights, so that a record says which model it is about."""

import hashlib

import torch

from interp.models.model import Model


def fingerprint(model: Model) -> str:
    """SHA-256 of names, shapes, types and bytes of all weights and persistent buffers."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.hf.state_dict().items()):
        digest.update(f"{name} {list(tensor.shape)} {tensor.dtype}".encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
