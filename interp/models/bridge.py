"""A `TransformerBridge` as the plain Hugging Face model inside it, sharing its weights."""

from copy import deepcopy
from typing import Any

import torch
from torch import Tensor

from interp.errors import ModelError

_WRAPPED = "_original_component"


def unbridge(bridge: Any) -> tuple[Any, str]:
    """(Hugging Face module, name) with the very weight tensors of `bridge`, which stays as it is.

    A bridge wraps the parts of a Hugging Face model in place and computes attention itself; a fresh module around
    the same tensors brings back the one model path. Raises `ModelError` for a bridge with processed weights
    (folded norms, centred writes): those are another parametrisation, whose activations differ.
    """
    if getattr(bridge, "compatibility_mode", False) or getattr(bridge, "_weights_processed", False):
        raise ModelError("this TransformerBridge has processed weights; make it without compatibility mode.")
    wrapped = bridge.original_model
    try:
        fresh = _shell(wrapped)
        weights = {name: _tensor(wrapped, name) for name in fresh.state_dict()}
        # What is not saved with a model (rotary frequencies, say) is shared too.
        rest = {name: _tensor(wrapped, name) for name, buffer in fresh.named_buffers() if buffer.is_meta}
    except (AttributeError, TypeError) as error:
        raise ModelError(f"cannot find the Hugging Face weights of this TransformerBridge: {error}") from error
    fresh.load_state_dict(weights, assign=True)
    for path, buffer in rest.items():
        home, _, name = path.rpartition(".")
        setattr(fresh.get_submodule(home), name, buffer)
    fresh.tie_weights()
    return fresh, str(wrapped.config.name_or_path or type(wrapped).__name__)


def _shell(wrapped: Any) -> Any:
    """The same architecture without weights: nothing is allocated, no random number drawn."""
    with torch.device("meta"):
        return type(wrapped)(deepcopy(wrapped.config))


def _tensor(wrapped: Any, path: str) -> Tensor:
    """The tensor at a Hugging Face path, through the wrappers on the way."""
    part = wrapped
    for step in path.split("."):
        while _WRAPPED in getattr(part, "_modules", {}):
            part = part._modules[_WRAPPED]
        part = getattr(part, step)
    found: Tensor = part
    return found
