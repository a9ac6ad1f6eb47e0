"""minGPT's names as TransformerLens's: Li et al. 2023 (arXiv 2210.13382) published Othello-GPT in them."""

import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from interp.errors import ModelError

MARK = "tok_emb.weight"
"""A tensor by which minGPT's names are known."""

_OUTSIDE = {
    MARK: "embed.W_E",
    "pos_emb": "pos_embed.W_pos",
    "ln_f.weight": "ln_final.w",
    "ln_f.bias": "ln_final.b",
    "head.weight": "unembed.W_U",
}
_IN_BLOCK = {
    "ln1.weight": "ln1.w",
    "ln1.bias": "ln1.b",
    "attn.query.weight": "attn.W_Q",
    "attn.query.bias": "attn.b_Q",
    "attn.key.weight": "attn.W_K",
    "attn.key.bias": "attn.b_K",
    "attn.value.weight": "attn.W_V",
    "attn.value.bias": "attn.b_V",
    "attn.proj.weight": "attn.W_O",
    "attn.proj.bias": "attn.b_O",
    "ln2.weight": "ln2.w",
    "ln2.bias": "ln2.b",
    "mlp.0.weight": "mlp.W_in",
    "mlp.0.bias": "mlp.b_in",
    "mlp.2.weight": "mlp.W_out",
    "mlp.2.bias": "mlp.b_out",
    "attn.mask": "attn.mask",
}


def from_mingpt(weights: Mapping[str, Tensor], settings: Mapping[str, Any] | None) -> dict[str, Tensor]:
    """The same weights under TransformerLens's names and in its shapes; unknown names stay as they are.

    `settings` must say `n_heads`, which no tensor of minGPT tells; raises `ModelError` otherwise.
    """
    heads, width = (settings or {}).get("n_heads"), weights[MARK].shape[-1]
    if not isinstance(heads, int) or heads < 1 or width % heads:
        raise ModelError(
            f"these are minGPT's tensors, which do not tell the number of heads. Say a divisor of {width} as "
            f'"n_heads" in a config.json beside them, not {heads}.'
        )
    return dict(_renamed(name, tensor, heads) for name, tensor in weights.items())


def _renamed(name: str, tensor: Tensor, heads: int) -> tuple[str, Tensor]:
    block = re.fullmatch(r"(blocks\.\d+\.)(.+)", name)
    prefix, rest, table = (block[1], block[2], _IN_BLOCK) if block else ("", name, _OUTSIDE)
    new = table.get(rest, rest)
    if new == "pos_embed.W_pos":
        tensor = tensor.squeeze(0)
    elif new in ("attn.W_Q", "attn.W_K", "attn.W_V"):
        tensor = tensor.reshape(heads, -1, tensor.shape[1]).transpose(1, 2)
    elif new in ("attn.b_Q", "attn.b_K", "attn.b_V"):
        tensor = tensor.reshape(heads, -1)
    elif new == "attn.W_O":
        tensor = tensor.T.reshape(heads, -1, tensor.shape[0])
    elif new in ("mlp.W_in", "mlp.W_out", "unembed.W_U"):
        tensor = tensor.T
    return prefix + new, tensor
