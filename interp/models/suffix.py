"""Blocks of a model one at a time, on tokens that stand in no sequence: a model may then begin at any depth."""

from collections import OrderedDict
from contextlib import suppress
from copy import copy
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from interp.errors import ModelError
from interp.models.attention import Beside
from interp.models.model import Model
from interp.models.reach import apart

_HOOKS = ("_forward_pre_hooks", "_forward_hooks", "_backward_pre_hooks", "_backward_hooks")

Call = tuple[tuple[Any, ...], dict[str, Any]]
"""Arguments and keywords."""


class Suffix:
    """The blocks of a model for tokens at given positions.

    The architecture itself says what else its blocks are handed (positions, rotary embeddings, by kind of block where
    it has several): it is run once with blocks that only write that down. Use the blocks inside `reach.reached`.
    """

    def __init__(self, model: Model, positions: Int[Tensor, " token"]):
        self.model = model
        self.positions = positions
        """Where each token stands."""
        self._calls = _calls(model, positions)

    def block(self, layer: int, resid: Float[Tensor, "token width"], beside: Beside) -> Float[Tensor, "token width"]:
        """What block `layer` makes of `resid`, each token attending to itself and what is `beside` it."""
        arguments, keywords = self._calls[layer]
        if arguments:
            arguments = (resid[None], *arguments[1:])
        else:
            keywords = keywords | {"hidden_states": resid[None]}
        with apart(self.model, layer, beside):
            out = self.model.blocks[layer](*arguments, **keywords)
        new: Tensor = out[0] if isinstance(out, tuple) else out
        return new.view_as(resid)


class _Noted(BaseException):
    """Ends the run of a model whose last block was reached."""


def _calls(model: Model, positions: Int[Tensor, " token"]) -> list[Call]:
    """What each block is called with when a sequence has its tokens at `positions`."""
    calls: list[Call] = []
    noting = [_noting(block, calls, last=layer == model.depth - 1) for layer, block in enumerate(model.blocks)]
    hollow = _with_blocks(model.hf, model.anatomy.blocks.split("."), nn.ModuleList(noting))
    nothing = torch.zeros(1, len(positions), model.width, dtype=model.dtype, device=model.device)
    # A mask is not used, but one that is given is not made: it would be as large as the square of the tokens.
    mask = torch.zeros(1, 1, 1, 1, dtype=model.dtype, device=model.device)
    with suppress(_Noted):
        hollow(inputs_embeds=nothing, position_ids=positions[None], attention_mask=mask, use_cache=False)
    if len(calls) != model.depth:
        raise ModelError(
            f"{model.name} did not call its blocks one by one when it was asked to run without sequences "
            f"({len(calls)} of {model.depth} were called): a forward method of its own was put on it."
        )
    return calls


def _noting(block: nn.Module, calls: list[Call], last: bool) -> nn.Module:
    """A copy of a block that writes down what it is called with, and passes its input on."""

    def forward(*arguments: Any, **keywords: Any) -> tuple[Any]:
        calls.append((arguments, keywords))
        if last:
            raise _Noted
        return (arguments[0] if arguments else keywords["hidden_states"],)

    noting = _bare(block)
    noting.forward = forward
    return noting


def _with_blocks(module: nn.Module, path: list[str], blocks: nn.ModuleList) -> nn.Module:
    """A copy of a module, of those on the path to its blocks, and of nothing else, with other blocks."""
    if not path:
        return blocks
    new = _bare(module)
    new._modules[path[0]] = _with_blocks(getattr(module, path[0]), path[1:], blocks)
    return new


def _bare(module: nn.Module) -> nn.Module:
    """A copy that shares its parts with the module, but has a list of parts of its own and nobody's hooks."""
    new = copy(module)
    new._modules = dict(module._modules)
    for name in _HOOKS:
        setattr(new, name, OrderedDict())
    return new
