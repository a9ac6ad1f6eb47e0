"""Sites: named places in a model whose tensor can be read or written. TransformerLens names go in and out."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from interp.errors import UnknownNameError, unknown


class Kind(NamedTuple):
    """What all sites of one kind have in common."""

    name: str
    """TransformerLens name, `{}` standing for the block."""
    axes: str
    """Axes of the tensor, in order."""
    order: int
    """When it is computed within its block."""
    what: str
    """One line for people."""

    @property
    def position_axis(self) -> int:
        """The axis of token positions (of the query, where there are two)."""
        return self.axes.split().index("query" if "query" in self.axes else "position")

    @property
    def head_axis(self) -> int | None:
        """The axis of attention heads; None where heads are not apart."""
        axes = self.axes.split()
        return axes.index("head") if "head" in axes else None


_FLAT, _HEADS, _EDGES = "batch position width", "batch position head d_head", "batch head query key"

KINDS: dict[str, Kind] = {
    "resid": Kind("blocks.{}.hook_resid_post", _FLAT, 0, "residual stream after `layer` blocks"),
    "q": Kind("blocks.{}.attn.hook_q", _HEADS, 1, "query projection, before any rotary embedding"),
    "k": Kind("blocks.{}.attn.hook_k", _HEADS, 2, "key projection, before any rotary embedding; key-value heads"),
    "v": Kind("blocks.{}.attn.hook_v", _HEADS, 3, "value projection; key-value heads"),
    "rot_q": Kind("blocks.{}.attn.hook_rot_q", _HEADS, 4, "query after rotary embedding"),
    "rot_k": Kind("blocks.{}.attn.hook_rot_k", _HEADS, 5, "key after rotary embedding; key-value heads"),
    "scores": Kind("blocks.{}.attn.hook_attn_scores", _EDGES, 6, "attention scores, -inf where an edge is masked"),
    "pattern": Kind("blocks.{}.attn.hook_pattern", _EDGES, 7, "attention pattern; a query without edges has zeros"),
    "z": Kind("blocks.{}.attn.hook_z", _HEADS, 8, "values mixed by the pattern, before the output projection"),
    "attn_out": Kind("blocks.{}.hook_attn_out", _FLAT, 9, "what attention adds to the residual stream"),
    "mid": Kind("blocks.{}.hook_resid_mid", _FLAT, 10, "residual stream between attention and MLP"),
    "mlp_in": Kind("blocks.{}.mlp.hook_in", _FLAT, 11, "what the MLP reads"),
    "mlp_pre": Kind("blocks.{}.mlp.hook_pre", _FLAT, 12, "MLP before its nonlinearity (of the gate, where gated)"),
    "mlp_post": Kind("blocks.{}.mlp.hook_post", _FLAT, 13, "MLP neurons: what its output projection reads"),
    "mlp_out": Kind("blocks.{}.hook_mlp_out", _FLAT, 14, "what the MLP adds to the residual stream"),
    "final_norm": Kind("ln_final.hook_out", _FLAT, 1, "what the unembedding reads"),
}

_ALIASES = {"blocks.{}.hook_resid_pre": 0, "blocks.{}.hook_in": 0, "blocks.{}.hook_out": 1}
"""Further names of the residual stream, and how many blocks to add to the one that they name."""


@dataclass(frozen=True)
class Site:
    """A place in a model. Make one with `resid(5)`, `pattern(0)` ... or `site("blocks.4.hook_resid_post")`."""

    kind: str
    """A key of `KINDS`."""
    layer: int
    """The block, from 0; for `resid` the depth (number of blocks applied); 0 for `final_norm`."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise unknown("kind of site", self.kind, KINDS)
        if self.layer < 0 or (self.kind == "final_norm" and self.layer):
            raise UnknownNameError(f"{self.kind} of {self.layer} is no site: blocks and depths count from 0.")

    @property
    def name(self) -> str:
        """The TransformerLens name, as it is written to files."""
        if self.kind == "resid":
            return f"blocks.{self.layer - 1}.hook_resid_post" if self.layer else "blocks.0.hook_resid_pre"
        return KINDS[self.kind].name.format(self.layer)

    def __str__(self) -> str:
        return self.name


def site(name: str) -> Site:
    """The site of a TransformerLens name; raises `UnknownNameError` with the nearest names.

    `blocks.3.hook_resid_pre` and `blocks.2.hook_resid_post` are the same site, `resid(3)`.
    """
    found = re.fullmatch(r"blocks\.(\d+)\.(.+)", name)
    layer, template = (int(found[1]), f"blocks.{{}}.{found[2]}") if found else (0, name)
    if template in _ALIASES:
        return Site("resid", layer + _ALIASES[template])
    for kind, row in KINDS.items():
        if row.name == template:
            return Site(kind, layer + (kind == "resid"))
    names = [row.name.format(layer) for row in KINDS.values()] + [alias.format(layer) for alias in _ALIASES]
    raise unknown("site", name, names)


def resid(depth: int) -> Site:
    """The residual stream after `depth` blocks; `resid(0)` is the embedding, `resid(n_layers)` the last."""
    return Site("resid", depth)


def mid(layer: int) -> Site:
    """The residual stream between attention and MLP of a block; parallel blocks have no such place."""
    return Site("mid", layer)


def q(layer: int) -> Site:
    """Queries per head, before any rotary embedding."""
    return Site("q", layer)


def k(layer: int) -> Site:
    """Keys per key-value head, before any rotary embedding."""
    return Site("k", layer)


def v(layer: int) -> Site:
    """Values per key-value head."""
    return Site("v", layer)


def rot_q(layer: int) -> Site:
    """Queries per head as they enter the scores, after the rotary embedding."""
    return Site("rot_q", layer)


def rot_k(layer: int) -> Site:
    """Keys per key-value head as they enter the scores, after the rotary embedding."""
    return Site("rot_k", layer)


def scores(layer: int) -> Site:
    """Attention scores per head before the softmax, -inf where an edge is masked."""
    return Site("scores", layer)


def pattern(layer: int) -> Site:
    """Attention pattern per head; each row sums to 1, or to 0 when a query has no edge left."""
    return Site("pattern", layer)


def z(layer: int) -> Site:
    """Values mixed by the pattern per head, before the output projection."""
    return Site("z", layer)


def attn_out(layer: int) -> Site:
    """What the attention of a block adds to the residual stream (after a post-norm, where there is one)."""
    return Site("attn_out", layer)


def mlp_in(layer: int) -> Site:
    """What the MLP of a block reads: the normalised residual stream."""
    return Site("mlp_in", layer)


def mlp_pre(layer: int) -> Site:
    """The MLP's hidden units before the nonlinearity; of the gate in a gated MLP."""
    return Site("mlp_pre", layer)


def mlp_post(layer: int) -> Site:
    """The MLP's neurons: what its output projection reads."""
    return Site("mlp_post", layer)


def mlp_out(layer: int) -> Site:
    """What the MLP of a block adds to the residual stream (after a post-norm, where there is one)."""
    return Site("mlp_out", layer)


def final_norm() -> Site:
    """The residual stream after the final norm: what the unembedding reads."""
    return Site("final_norm", 0)
