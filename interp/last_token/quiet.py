"""Edits and captures act on sequences: where there are none, they must not be active."""

from interp.activations import taps
from interp.errors import ModelError
from interp.models.model import Model


def require_quiet(model: Model) -> None:
    """Raise `ModelError` inside an edit or a capture of `model`: it would change or see something else than it says."""
    for module in model.hf.modules():
        for hook in (*module._forward_pre_hooks.values(), *module._forward_hooks.values()):
            if getattr(hook, "__module__", None) == taps.__name__:
                raise ModelError(
                    f"edits or captures of {model.name} are active, and the last-token engine runs tokens that stand "
                    "in no sequence: leave their `with` block, or use `reference`"
                )


__all__ = ["require_quiet"]
