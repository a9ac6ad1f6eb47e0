"""Where the parts of a Hugging Face architecture lie. One row a `model_type`; users can hand in their own."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from interp.errors import ModelError

Layout = Literal["head d_head", "3 head d_head", "head 3 d_head"]
"""How a projection's output is laid out: one of q, k, v alone, or all three fused in either order."""


@dataclass(frozen=True)
class Anatomy:
    """Paths of the parts of a causal language model: `blocks` and `final_norm` in the model, the others in a block."""

    blocks: str
    """The `ModuleList` of blocks."""
    final_norm: str
    """The norm before the unembedding."""
    attention: str
    """The attention module, which calls the attention function."""
    q: str
    """The query projection, or the fused one."""
    k: str
    """The key projection, or the fused one."""
    v: str
    """The value projection, or the fused one."""
    z: str
    """The output projection of attention: its input is z."""
    attn_out: str
    """The module whose output attention adds to the residual stream."""
    before_mlp: str | None
    """The module that reads the residual stream between attention and MLP; None in parallel blocks."""
    mlp: str
    """The MLP."""
    mlp_pre: str
    """The projection whose output enters the nonlinearity."""
    mlp_post: str
    """The output projection of the MLP: its input is the neurons."""
    mlp_out: str
    """The module whose output the MLP adds to the residual stream."""
    layout: Layout = "head d_head"
    """Layout of the q, k and v projections."""
    rotary: bool = True
    """Whether queries and keys are rotated between their projections and the scores."""
    method: str | None = None
    """The attention module's own method to wrap, for an architecture without transformers' attention interface."""


_GPT2 = Anatomy(
    blocks="transformer.h",
    final_norm="transformer.ln_f",
    attention="attn",
    q="attn.c_attn",
    k="attn.c_attn",
    v="attn.c_attn",
    z="attn.c_proj",
    attn_out="attn",
    before_mlp="ln_2",
    mlp="mlp",
    mlp_pre="mlp.c_fc",
    mlp_post="mlp.c_proj",
    mlp_out="mlp",
    layout="3 head d_head",
    rotary=False,
)
_GPTJ = replace(
    _GPT2,
    q="attn.q_proj",
    k="attn.k_proj",
    v="attn.v_proj",
    z="attn.out_proj",
    before_mlp=None,
    mlp_pre="mlp.fc_in",
    mlp_post="mlp.fc_out",
    layout="head d_head",
    rotary=True,
    method="_attn",
)
_LLAMA = Anatomy(
    blocks="model.layers",
    final_norm="model.norm",
    attention="self_attn",
    q="self_attn.q_proj",
    k="self_attn.k_proj",
    v="self_attn.v_proj",
    z="self_attn.o_proj",
    attn_out="self_attn",
    before_mlp="post_attention_layernorm",
    mlp="mlp",
    mlp_pre="mlp.gate_proj",
    mlp_post="mlp.down_proj",
    mlp_out="mlp",
)
_GEMMA2 = replace(
    _LLAMA,
    attn_out="post_attention_layernorm",
    before_mlp="pre_feedforward_layernorm",
    mlp_out="post_feedforward_layernorm",
)


def _neox(config: Any) -> Anatomy:
    return Anatomy(
        blocks="gpt_neox.layers",
        final_norm="gpt_neox.final_layer_norm",
        attention="attention",
        q="attention.query_key_value",
        k="attention.query_key_value",
        v="attention.query_key_value",
        z="attention.dense",
        attn_out="post_attention_dropout",
        before_mlp=None if config.use_parallel_residual else "post_attention_layernorm",
        mlp="mlp",
        mlp_pre="mlp.dense_h_to_4h",
        mlp_post="mlp.dense_4h_to_h",
        mlp_out="post_mlp_dropout",
        layout="head 3 d_head",
    )


ANATOMIES: dict[str, Callable[[Any], Anatomy]] = {
    "gpt2": lambda config: _GPT2,  # noqa: ARG005
    "gptj": lambda config: _GPTJ,  # noqa: ARG005
    "gpt_neox": _neox,
    "llama": lambda config: _LLAMA,  # noqa: ARG005
    "mistral": lambda config: _LLAMA,  # noqa: ARG005
    "qwen2": lambda config: _LLAMA,  # noqa: ARG005
    "qwen3": lambda config: _LLAMA,  # noqa: ARG005
    "gemma": lambda config: _LLAMA,  # noqa: ARG005
    "gemma2": lambda config: _GEMMA2,  # noqa: ARG005
    "gemma3_text": lambda config: _GEMMA2,  # noqa: ARG005
    "tlens_gpt2": lambda config: _GPT2,  # noqa: ARG005
}
"""Every architecture here passes the contract tests; the configuration decides where a row alone cannot."""


def anatomy_of(config: Any) -> Anatomy:
    """The anatomy of a Hugging Face configuration; raises `ModelError` for an unknown `model_type`."""
    if config.model_type not in ANATOMIES:
        raise ModelError(
            f"the architecture {config.model_type!r} is not known. Known: {', '.join(ANATOMIES)}. "
            "For another one, hand its parts to load(..., anatomy=interp.Anatomy(...))."
        )
    return ANATOMIES[config.model_type](config)
