"""Where the tensor of a site passes through a module, and how to take it out and put it back."""

from collections.abc import Callable
from typing import Any, NamedTuple

from torch import Tensor, nn

from interp.errors import ModelError
from interp.models.model import Model
from interp.models.sites import Site

View = Callable[[Tensor], Tensor]
Put = Callable[[Tensor, Tensor], Tensor]


class Place(NamedTuple):
    """A tensor on its way into or out of a module."""

    module: nn.Module
    """The module that it passes."""
    entering: bool
    """Whether it is the module's input (else its output)."""
    take: View
    """The site's tensor, as a view of the one that passes."""
    put: Put
    """(passing tensor, new site tensor) -> what shall pass instead."""


def place_of(model: Model, site: Site) -> Place:
    """The place of a site that is not inside the attention function. The site must be one of the model's."""
    anatomy = model.anatomy
    if site.kind == "final_norm" or (site.kind == "resid" and site.layer == model.depth):
        return _whole(model.part(anatomy.final_norm), entering=site.kind == "resid")
    if site.kind == "resid":
        return _whole(model.blocks[site.layer], entering=True)
    if site.kind in ("q", "k", "v"):
        return _projection(model, site)
    if site.kind == "z":
        return _heads(model.part(anatomy.z, site.layer), True, model.heads, model.d_head)
    path, entering = {
        "attn_out": (anatomy.attn_out, False),
        "mid": (anatomy.before_mlp, True),
        "mlp_in": (anatomy.mlp, True),
        "mlp_pre": (anatomy.mlp_pre, False),
        "mlp_post": (anatomy.mlp_post, True),
        "mlp_out": (anatomy.mlp_out, False),
    }[site.kind]
    assert path is not None, "model.find refuses `mid` where blocks are parallel"
    return _whole(model.part(path, site.layer), entering=entering)


def _whole(module: nn.Module, *, entering: bool) -> Place:
    return Place(module, entering, lambda passing: passing, lambda passing, new: new)  # noqa: ARG005


def _heads(module: nn.Module, entering: bool, heads: int, d_head: int) -> Place:
    return Place(
        module,
        entering,
        lambda passing: passing.view(*passing.shape[:-1], heads, d_head),
        lambda passing, new: new.flatten(-2),  # noqa: ARG005
    )


def _projection(model: Model, site: Site) -> Place:
    module = model.part(getattr(model.anatomy, site.kind), site.layer)
    heads = model.heads if site.kind == "q" else model.kv_heads
    layout = model.anatomy.layout
    if layout == "head d_head":
        return _heads(module, False, heads, model.d_head)
    axis, sizes = (-3, (3, heads, model.d_head)) if layout == "3 head d_head" else (-2, (heads, 3, model.d_head))
    index = "qkv".index(site.kind)

    def take(passing: Tensor) -> Tensor:
        return passing.view(*passing.shape[:-1], *sizes).select(axis, index)

    def put(passing: Tensor, new: Tensor) -> Tensor:
        return passing.view(*passing.shape[:-1], *sizes).select_scatter(new, axis, index).flatten(-3)

    return Place(module, False, take, put)


def first_of(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Tensor:
    """The hidden states among a module's arguments: the first one, or the keyword that transformers uses."""
    found = arguments[0] if arguments else keywords.get("hidden_states")
    if not isinstance(found, Tensor):
        raise ModelError("a module of this model is called without hidden states: its anatomy does not fit it")
    return found


def with_first(
    arguments: tuple[Any, ...], keywords: dict[str, Any], new: Tensor
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The same arguments with other hidden states."""
    return ((new, *arguments[1:]), keywords) if arguments else ((), keywords | {"hidden_states": new})
