"""The one attention function in which scores and patterns are seen and edited, and how a model is made to call it.

It is registered with transformers' attention interface under a name of its own; a model is switched to it only while
somebody taps an attention site, so everybody else keeps the fast kernel.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from interp.errors import ModelError
from interp.models.model import Model

IMPLEMENTATION = "interp"
"""The name under which transformers knows the function."""

KINDS = ("rot_q", "rot_k", "scores", "pattern")
"""Kinds of site that live inside the function."""

Tap = Callable[[Tensor], Tensor | None]
"""Sees a tensor; what it returns takes the tensor's place, None leaves it."""

_taps: "WeakKeyDictionary[nn.Module, list[tuple[str, Tap]]]" = WeakKeyDictionary()
_switched: "WeakKeyDictionary[nn.Module, list[str]]" = WeakKeyDictionary()
_reachable: "WeakSet[nn.Module]" = WeakSet()


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
    scores = _tap(taps, "scores", _masked(scores, attention_mask))
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


@contextmanager
def tapped(model: Model, taps: Mapping[int, Sequence[tuple[str, Tap]]]) -> Iterator[None]:
    """Have `taps` (by block) called in the model's attention for the length of the block, after those already there.

    Raises `ModelError` for an architecture whose attention cannot be made to call the function.
    """
    require_reachable(model)
    with ExitStack() as stack:
        stack.enter_context(_switch(model))
        for layer, added in taps.items():
            stack.enter_context(_listed(model.part(model.anatomy.attention, layer), added))
        yield


@contextmanager
def _listed(module: nn.Module, added: Sequence[tuple[str, Tap]]) -> Iterator[None]:
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


def require_reachable(model: Model) -> None:
    """Check, once a model, that its attention really calls the function in every block."""
    if model.hf in _reachable:
        return
    called: set[int] = set()
    with ExitStack() as stack:
        stack.enter_context(_switch(model))
        for layer in range(model.depth):
            notice = partial(_notice, called, layer)
            stack.enter_context(_listed(model.part(model.anatomy.attention, layer), [("scores", notice)]))
        with torch.no_grad():
            model(torch.zeros(1, min(2, model.context), dtype=torch.long))
    missed = [layer for layer in range(model.depth) if layer not in called]
    if missed:
        raise ModelError(
            f"the attention of {model.name} ({type(model.hf).__name__}) cannot be reached: blocks {missed} keep their "
            "own code instead of transformers' attention interface. Residual, MLP and attention-output sites work; "
            f"{', '.join(KINDS)} and knockouts do not."
        )
    _reachable.add(model.hf)


def _notice(called: set[int], layer: int, scores: Tensor) -> None:  # noqa: ARG001 - a tap is handed its tensor
    called.add(layer)


@contextmanager
def _switch(model: Model) -> Iterator[None]:
    """Let the model call the function, and put back what it called before when the last user leaves."""
    users = _switched.setdefault(model.hf, [])
    if not users:
        _register()
        before = str(model.hf.config._attn_implementation)
        if model.anatomy.method is None:
            _set_implementation(model, IMPLEMENTATION)
        else:
            for layer in range(model.depth):
                module = model.part(model.anatomy.attention, layer)
                setattr(module, model.anatomy.method, partial(_as_method, module))
        users.append(before)
    else:
        users.append(users[0])
    try:
        yield
    finally:
        before = users.pop()
        if not users:
            del _switched[model.hf]
            if model.anatomy.method is None:
                _set_implementation(model, before)
            else:
                for layer in range(model.depth):
                    delattr(model.part(model.anatomy.attention, layer), model.anatomy.method)


def _set_implementation(model: Model, name: str) -> None:
    """Switch, without the log line of architectures that cannot: `require_reachable` says it as an error."""
    if model.hf._can_set_attn_implementation():
        model.hf.set_attn_implementation(name)


def _as_method(
    module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """The function in the place of GPT-J's own method, which works in single precision and keeps heads first."""
    dropout = module.attn_dropout.p if module.training else 0.0
    mixed, pattern = attention(
        module, query.float(), key.float(), value, attention_mask, scaling=1 / module.scale_attn, dropout=dropout
    )
    return mixed.transpose(1, 2), pattern


def _register() -> None:
    from transformers import AttentionInterface
    from transformers.masking_utils import AttentionMaskInterface, eager_mask

    AttentionInterface.register(IMPLEMENTATION, attention)
    AttentionMaskInterface.register(IMPLEMENTATION, eager_mask)
