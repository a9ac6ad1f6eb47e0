"""The one attention function in which scores and patterns are seen and edited.

It has the signature of transformers' attention interface; `reach.py` makes a model call it while somebody taps it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

KINDS = ("rot_q", "rot_k", "scores", "pattern")
"""Kinds of site that live inside the function."""

Tap = Callable[[Tensor], Tensor | None]
"""Sees a tensor; what it returns takes the tensor's place, None leaves it."""

_taps: "WeakKeyDictionary[nn.Module, list[tuple[str, Tap]]]" = WeakKeyDictionary()


def attention(
    module: nn.Module,
    query: Float[Tensor, "batch head query d_head"],
    key: Float[Tensor, "batch kv_head key d_head"],
    value: Float[Tensor, "batch kv_head key d_head"],
    attention_mask: Tensor | None,
    scaling: float,
    dropout: float = 0.0,
    softcap: float | None = None,
    **_: Any,
) -> tuple[Float[Tensor, "batch query head d_head"], Float[Tensor, "batch head query key"]]:
    """Softmax attention with explicit scores, in the signature of transformers' attention interface."""
    taps = _taps.get(module, ())
    query = _tap(taps, "rot_q", query.transpose(1, 2)).transpose(1, 2)
    key = _tap(taps, "rot_k", key.transpose(1, 2)).transpose(1, 2)
    groups = query.shape[1] // key.shape[1]
    scores = query @ key.repeat_interleave(groups, dim=1).transpose(-1, -2) * scaling
    if softcap is not None:
        scores = softcap * torch.tanh(scores / softcap)
    scores = _tap_scores(taps, _masked(scores, attention_mask))
    pattern = _tap(taps, "pattern", softmax(scores).to(value.dtype))
    mixed = nn.functional.dropout(pattern, dropout, module.training) @ value.repeat_interleave(groups, dim=1)
    return mixed.transpose(1, 2).contiguous(), pattern


def softmax(scores: Float[Tensor, "*batch query key"]) -> Float[Tensor, "*batch query key"]:
    """Softmax over keys in single precision or better; a row of -inf alone becomes zeros, with zero gradient."""
    precise = scores.float() if scores.dtype in (torch.float16, torch.bfloat16) else scores
    dead: Bool[Tensor, "*batch query 1"] = (precise == -torch.inf).all(dim=-1, keepdim=True)
    return precise.masked_fill(dead, 0.0).softmax(dim=-1).masked_fill(dead, 0.0)


def _masked(scores: Tensor, mask: Tensor | None) -> Tensor:
    """Scores with -inf at masked edges; a mask may also be a finite bias. Without one, attention is causal."""
    if mask is None:
        queries, keys = scores.shape[-2:]
        seen = torch.ones(queries, keys, dtype=torch.bool, device=scores.device).tril(keys - queries)
        return scores.masked_fill(~seen, -torch.inf)
    mask = mask[..., : scores.shape[-1]]
    if mask.dtype == torch.bool:
        return scores.masked_fill(~mask, -torch.inf)
    # transformers writes "masked" as the most negative number of the type.
    return (scores + mask).masked_fill(mask <= torch.finfo(mask.dtype).min / 2, -torch.inf)


def _tap(taps: Sequence[tuple[str, Tap]], kind: str, tensor: Tensor) -> Tensor:
    for wanted, tap in taps:
        if wanted == kind:
            new = tap(tensor)
            tensor = tensor if new is None else new
    return tensor


def _tap_scores(taps: Sequence[tuple[str, Tap]], scores: Tensor) -> Tensor:
    """Edges that the architecture masks stay masked whatever a tap puts there: no edit lets a query look ahead."""
    if not taps:
        return scores
    masked = scores == -torch.inf
    for kind, tap in taps:
        new = tap(scores) if kind == "scores" else None
        scores = scores if new is None else new.masked_fill(masked, -torch.inf)
    return scores


@contextmanager
def listed(module: nn.Module, added: Sequence[tuple[str, Tap]]) -> Iterator[None]:
    """Call `added` in the attention of `module` for the length of the block, after the taps already there."""
    entries = list(added)
    _taps.setdefault(module, []).extend(entries)
    try:
        yield
    finally:
        left = [entry for entry in _taps[module] if not any(entry is ours for ours in entries)]
        if left:
            _taps[module] = left
        else:
            del _taps[module]
