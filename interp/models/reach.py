"""How a model is made to call the attention function while somebody taps it, and its own one otherwise.

The function is registered with transformers' attention interface under a name of its own; an architecture without that
interface has its attention modules' method wrapped. Everybody who taps nothing keeps the fast kernel.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from weakref import WeakSet

import torch
from torch import Tensor, nn

from interp.errors import ModelError
from interp.models.attention import KINDS, Beside, Tap, attention, listed, standing
from interp.models.model import Model

IMPLEMENTATION = "interp"
"""The name under which transformers knows the function."""

_reachable: "WeakSet[nn.Module]" = WeakSet()


@dataclass
class _Switch:
    """A model that calls the function for a while."""

    back: Callable[[], None]
    """Makes it call what it called before."""
    users: int = 0
    """How many `with` blocks need it switched."""


_switched: dict[int, _Switch] = {}
"""By identity of the configuration (or of the model, where a method is wrapped), which the switch keeps alive."""


@contextmanager
def tapped(model: Model, taps: Mapping[int, Sequence[tuple[str, Tap]]]) -> Iterator[None]:
    """Have `taps` (by block) called in the model's attention for the length of the block, after those already there.

    Raises `ModelError` for an architecture whose attention cannot be made to call the function.
    """
    require_reachable(model)
    with ExitStack() as stack:
        stack.enter_context(_switch(model))
        for layer, added in taps.items():
            stack.enter_context(listed(model.part(model.anatomy.attention, layer), added))
        yield


@contextmanager
def reached(model: Model) -> Iterator[None]:
    """Have the model's attention call the function for the length of the block.

    Raises `ModelError` for an architecture whose attention cannot be made to.
    """
    require_reachable(model)
    with _switch(model):
        yield


@contextmanager
def apart(model: Model, layer: int, beside: Beside) -> Iterator[None]:
    """Have the attention of a block see tokens that stand in no sequence; meant to be used inside `reached`."""
    with standing(model.part(model.anatomy.attention, layer), beside):
        yield


def narrowed(model: Model, positions: int) -> list[int]:
    """The blocks in which, among so many positions, a query is not shown all earlier tokens (a sliding window)."""
    require_reachable(model)
    found: set[int] = set()
    tokens = torch.zeros(1, positions, dtype=torch.long)
    with _alone(model.hf), ExitStack() as stack:
        stack.enter_context(_switch(model))
        for layer in range(model.depth):
            tap = partial(_notice_masked, found, layer)
            stack.enter_context(listed(model.part(model.anatomy.attention, layer), [("scores", tap)]))
        model(tokens)
    return sorted(found)


def require_reachable(model: Model) -> None:
    """Check, once a model, that its attention calls the function in every block, and computes what it did before."""
    if model.hf in _reachable:
        return
    called: set[int] = set()
    tokens = torch.arange(min(8, model.context, model.vocabulary))[None]
    with ExitStack() as stack:
        stack.enter_context(_alone(model.hf))
        before = model(tokens)
        stack.enter_context(_switch(model))
        for layer in range(model.depth):
            notice = partial(_notice, called, layer)
            stack.enter_context(listed(model.part(model.anatomy.attention, layer), [("scores", notice)]))
        after = model(tokens)
    whose = f"the attention of {model.name} ({type(model.hf).__name__})"
    missed = [layer for layer in range(model.depth) if layer not in called]
    if missed:
        raise ModelError(
            f"{whose} cannot be reached: blocks {missed} keep their "
            "own code instead of transformers' attention interface. Residual, MLP and attention-output sites work; "
            f"{', '.join(KINDS)} and knockouts do not."
        )
    slack = torch.finfo(before.dtype).eps ** 0.5
    if not torch.allclose(before, after, rtol=0, atol=slack * max(1.0, before.abs().max().item()), equal_nan=True):
        raise ModelError(
            f"{whose} does more than a softmax over scaled scores: without the rest the logits move by "
            f"{(before - after).abs().max():.2g}. {', '.join(KINDS)} and knockouts do not work."
        )
    _reachable.add(model.hf)


@contextmanager
def _alone(hf: nn.Module) -> Iterator[None]:
    """Evaluation mode, no gradients, and nobody's hooks: a check that others neither see nor change."""
    with ExitStack() as stack:
        for module in hf.modules():
            for name in ("_forward_pre_hooks", "_forward_hooks", "_backward_pre_hooks", "_backward_hooks"):
                stack.callback(setattr, module, name, getattr(module, name))
                setattr(module, name, OrderedDict())
            stack.callback(setattr, module, "training", module.training)
            module.training = False
        stack.enter_context(torch.no_grad())
        yield


def _notice(called: set[int], layer: int, scores: Tensor) -> None:  # noqa: ARG001 - a tap is handed its tensor
    called.add(layer)


def _notice_masked(found: set[int], layer: int, scores: Tensor) -> None:
    earlier = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).tril()
    if (scores[:, :, earlier] == -torch.inf).any():
        found.add(layer)


@contextmanager
def _switch(model: Model) -> Iterator[None]:
    """Let the model call the function, and put back what it called before when the last user leaves."""
    # Models made from one configuration share its switch.
    key = id(model.hf.config if model.anatomy.method is None else model.hf)
    if key not in _switched:
        _register()
        _switched[key] = _Switch(_turn(model))
    _switched[key].users += 1
    try:
        yield
    finally:
        _switched[key].users -= 1
        if not _switched[key].users:
            _switched.pop(key).back()


def _turn(model: Model) -> Callable[[], None]:
    """Make the model call the function; what comes back undoes it."""
    if model.anatomy.method is None:
        before = model.hf.config._attn_implementation
        _set_implementation(model.hf, IMPLEMENTATION)
        return partial(_set_implementation, model.hf, before)
    with ExitStack() as undo:
        for layer in range(model.depth):
            module = model.part(model.anatomy.attention, layer)
            undo.callback(_put_back, module, model.anatomy.method, module.__dict__.get(model.anatomy.method))
            setattr(module, model.anatomy.method, partial(_as_method, module))
        return undo.pop_all().close


def _put_back(module: nn.Module, method: str, own: Any) -> None:
    """The method that the module's instance had, or else that of its class."""
    if own is None:
        module.__dict__.pop(method, None)
    else:
        setattr(module, method, own)


def _set_implementation(hf: Any, name: str) -> None:
    """Switch, without the log line of architectures that cannot: `require_reachable` says it as an error."""
    if hf._can_set_attn_implementation():
        hf.set_attn_implementation(name)


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
