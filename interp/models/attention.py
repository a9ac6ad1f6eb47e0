"""The one attention function in which scores and patterns are seen and edited.

It has the signature of transformers' attention interface; `reach.py` makes a model call it while somebody taps it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from interp.errors import ModelError

KINDS = ("rot_q", "rot_k", "scores", "pattern")
"""Kinds of site that live inside the function."""

Tap = Callable[[Tensor], Tensor | None]
"""Sees a tensor; what it returns takes the tensor's place, None leaves it."""

_taps: "WeakKeyDictionary[nn.Module, list[tuple[str, Tap]]]" = WeakKeyDictionary()


@dataclass(eq=False)
class Beside:
    """What tokens that stand in no sequence attend to beside themselves; where there is one, they see no other token.

    Keys are those that enter the scores: after any rotary embedding.
    """

    keys: Float[Tensor, "#token extra kv_head d_head"]
    """For each token, or one set for all."""
    values: Float[Tensor, "#token extra kv_head d_head"]
    """As the keys."""
    keep: Bool[Tensor, "head extra"] | None = None
    """Which of them each query head sees; None means all."""
    own: tuple[Tensor, Tensor] | None = None
    """Keys and values of the tokens themselves, [token kv_head d_head] each: noted when the attention has run."""


_HALF = (torch.float16, torch.bfloat16)
_beside: "WeakKeyDictionary[nn.Module, Beside]" = WeakKeyDictionary()


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
) -> tuple[Float[Tensor, "batch query head d_head"], Float[Tensor, "batch head query seen"]]:
    """Softmax attention with explicit scores, in the signature of transformers' attention interface.

    What is seen are the keys, or else the query itself and what stands `Beside` it.
    """
    if module in _beside:
        return _apart(module, query, key, value, scaling, softcap)
    taps = _taps.get(module, ())
    query = _tap(taps, "rot_q", query.transpose(1, 2)).transpose(1, 2)
    key = _tap(taps, "rot_k", key.transpose(1, 2)).transpose(1, 2)
    groups = query.shape[1] // key.shape[1]
    scores = _capped(query @ key.repeat_interleave(groups, dim=1).transpose(-1, -2) * scaling, softcap)
    scores = _tap_scores(taps, _masked(scores, attention_mask))
    pattern = _tap(taps, "pattern", softmax(scores).to(value.dtype))
    mixed = nn.functional.dropout(pattern, dropout, module.training) @ value.repeat_interleave(groups, dim=1)
    return mixed.transpose(1, 2).contiguous(), pattern


def softmax(scores: Float[Tensor, "*batch query key"]) -> Float[Tensor, "*batch query key"]:
    """Softmax over keys in single precision or better; a row of -inf alone becomes zeros, with zero gradient."""
    precise = scores.float() if scores.dtype in _HALF else scores
    dead: Bool[Tensor, "*batch query 1"] = (precise == -torch.inf).all(dim=-1, keepdim=True)
    return precise.masked_fill(dead, 0.0).softmax(dim=-1).masked_fill(dead, 0.0)


def _apart(
    module: nn.Module,
    query: Float[Tensor, "1 head token d_head"],
    key: Float[Tensor, "1 kv_head token d_head"],
    value: Float[Tensor, "1 kv_head token d_head"],
    scaling: float,
    softcap: float | None,
) -> tuple[Float[Tensor, "1 token head d_head"], Float[Tensor, "1 head token key"]]:
    """Each token attends to itself and what stands beside it; the first key of the pattern is the token itself."""
    if module in _taps:
        raise ModelError("tokens that stand in no sequence have no attention sites: leave the captures and edits there")
    beside = _beside[module]
    own_key, own_value = key[0].transpose(0, 1), value[0].transpose(0, 1)
    beside.own = own_key, own_value
    kv_heads, groups = len(key[0]), query.shape[1] // key.shape[1]
    grouped = query[0].transpose(0, 1).reshape(-1, kv_heads, groups, query.shape[-1])
    to_own = (grouped * own_key[:, :, None]).sum(-1, keepdim=True)
    to_others = _mixed("tkgd", grouped, "ekd", beside.keys.to(grouped.dtype), "tkge")
    scores = _capped(torch.cat([to_own, to_others], dim=-1) * scaling, softcap)
    if beside.keep is not None:
        seen = nn.functional.pad(beside.keep, (1, 0), value=True).view(kv_heads, groups, -1)
        scores = scores.masked_fill(~seen, -torch.inf)
    pattern = scores.float().softmax(-1) if scores.dtype in _HALF else scores.softmax(-1)
    pattern = pattern.to(value.dtype)
    mixed = pattern[..., :1] * own_value[:, :, None]
    mixed = mixed + _mixed("tkge", pattern[..., 1:], "ekd", beside.values, "tkgd")
    return mixed.flatten(1, 2)[None], pattern.flatten(1, 2).transpose(0, 1)[None]


def _mixed(of: str, tensor: Tensor, others: str, beside: Tensor, out: str) -> Tensor:
    """A sum of products with what stands beside each token, or beside all of them."""
    if len(beside) == 1:
        return torch.einsum(f"{of},{others}->{out}", tensor, beside[0])
    return torch.einsum(f"{of},t{others}->{out}", tensor, beside)


def _capped(scores: Tensor, softcap: float | None) -> Tensor:
    return scores if softcap is None else softcap * torch.tanh(scores / softcap)


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


@contextmanager
def standing(module: nn.Module, beside: Beside) -> Iterator[None]:
    """Have `module` see its input as tokens that stand in no sequence, each beside what is given, inside the block."""
    _beside[module] = beside
    try:
        yield
    finally:
        del _beside[module]
