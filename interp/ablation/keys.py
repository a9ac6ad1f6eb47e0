"""Keys: what must be the same at a position for two prompts to count as contexts of the same thing."""

from collections.abc import Callable

from jaxtyping import Int64, Integer
from torch import Tensor

from interp.errors import ShapeError

Keys = Callable[[Tensor], Tensor]
"""Tokens [batch position] -> int64 keys [batch position]. A prompt's keys may depend on all its tokens, on nothing
else."""

_APART = 2**32
"""More than there are token ids: the first token and the one that stands here share an int64."""


def by_token(tokens: Integer[Tensor, "batch position"]) -> Int64[Tensor, "batch position"]:
    """The token that stands there: the condition of Mamidanna et al. 2025."""
    return tokens.long()


def with_first(tokens: Integer[Tensor, "batch position"]) -> Int64[Tensor, "batch position"]:
    """The token that stands there together with the first one.

    For prompts without a beginning token: whoever attends to the first token knows it, and a mean over several
    first tokens would lose that.
    """
    return tokens[:, :1].long() * _APART + tokens.long()


KNOWN: dict[str, Keys] = {"by_token": by_token, "with_first": with_first}
"""Keys that a file can name."""


def keyed(keys: Keys, tokens: Integer[Tensor, "batch position"]) -> Int64[Tensor, "batch position"]:
    """The keys of `tokens`; raises `ShapeError` when the function gave anything but one int64 a token."""
    found = keys(tokens)
    if not isinstance(found, Tensor) or found.shape != tokens.shape or found.is_floating_point():
        got = f"{found.dtype} {list(found.shape)}" if isinstance(found, Tensor) else type(found).__name__
        raise ShapeError(f"{called(keys)} must give an integer for each of {list(tokens.shape)} tokens, not {got}")
    return found.long()


def called(keys: Keys) -> str:
    """The name of a function of keys, as it is written to files."""
    for name, known in KNOWN.items():
        if known is keys:
            return name
    home = keys if hasattr(keys, "__qualname__") else type(keys)
    return f"{home.__module__}.{home.__qualname__}"


__all__ = ["KNOWN", "Keys", "by_token", "called", "keyed", "with_first"]
