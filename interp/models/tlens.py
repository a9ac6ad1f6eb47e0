"""A model from weights under TransformerLens's names (`embed.W_E`, `blocks.0.attn.W_Q` ...), as a GPT-2 module."""

import re
from collections.abc import Iterable, Mapping
from math import isclose, sqrt
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from interp.errors import ModelError
from interp.models.mingpt import MARK, from_mingpt
from interp.models.statedict import is_hugging_face, read_settings, read_weights

ACTIVATIONS = ("gelu", "gelu_new", "gelu_fast", "gelu_pytorch_tanh", "silu", "relu", "relu2")
"""Nonlinearities that TransformerLens and transformers call alike; "gelu" is the exact one."""

NORMS = ("LN", "LNPre", None)
"""Norms that this module can have: with weights, with weights folded into what reads them, and none."""

_OFF = (False, None)
_NEUTRAL: dict[str, tuple[Any, ...]] = {
    "attn_only": _OFF,
    "gated_mlp": _OFF,
    "parallel_attn_mlp": _OFF,
    "use_local_attn": _OFF,
    "use_qk_norm": _OFF,
    "use_logn_attn": _OFF,
    "use_attention_sinks": _OFF,
    "use_normalization_before_and_after": _OFF,
    "post_embedding_ln": _OFF,
    "final_rms": _OFF,
    "shortformer_pos": _OFF,
    "clip_qkv": (None,),
    "num_experts": (None,),
    "attn_scores_soft_cap": (None, 0, -1),
    "output_logits_soft_cap": (None, 0, -1),
    "attention_dir": ("causal",),
    "positional_embedding_type": ("standard",),
}
"""Settings that GPT-2 has no place for, and the values at which they do nothing."""


class Shape(NamedTuple):
    """The sizes of a model, by their names in TransformerLens."""

    n_layers: int
    d_model: int
    n_heads: int
    d_head: int
    n_ctx: int
    d_vocab: int
    d_mlp: int


def read_tlens(file: Path, dtype: torch.dtype) -> Any:
    """`from_tlens` of a file of tensors and the configuration beside it; every `ModelError` names the file."""
    weights = read_weights(file)
    if not {"embed.W_E", MARK} & weights.keys():
        if is_hugging_face(file.parent):
            hint = "there is a Hugging Face configuration: load the folder instead of the file."
        else:
            lacks = " with a model_type" if (file.parent / "config.json").is_file() else ""
            hint = f"there is no config.json{lacks}: it is no model, or one that was only half written."
        raise ModelError(f"cannot load {file}: its tensors are not in TransformerLens's names, and beside it {hint}")
    try:
        return from_tlens(weights, read_settings(file), dtype)
    except ModelError as error:
        raise ModelError(f"cannot load {file}: {error}") from error


def from_tlens(weights: Mapping[str, Tensor], settings: Mapping[str, Any] | None, dtype: torch.dtype) -> Any:
    """The Hugging Face module that computes what TransformerLens computes with `weights`, in `dtype`.

    The sizes are read off the tensors. What tensors cannot tell comes from `settings`, in the keys of TransformerLens's
    configuration (`act_fn`, `normalization_type`, `eps` ...). Without settings it is what the published Othello-GPTs
    have: exact gelu, epsilon 1e-5, norms folded where they have no weights. Folded norms become norms of weight 1 and
    bias 0. minGPT's names are understood too.

    Raises `ModelError` for missing, unknown and misshapen tensors, for settings that contradict the tensors, and for
    those that GPT-2 cannot follow (rotary positions, gated MLPs, another norm, `n_heads * d_head` not `d_model` ...).
    """
    if MARK in weights:
        weights = from_mingpt(weights, settings)
    weights = {name: tensor for name, tensor in weights.items() if not _is_constant(name)}
    shape, norm = _shape(weights), _norm(weights, settings)
    _require_possible(shape, settings or {})
    _require_whole(weights, _layout(shape, norm))
    bias = weights.get("unembed.b_U")
    biased = bias is not None and bool(bias.any())
    kind, config = _configured(shape, norm, biased, {"act_fn": "gelu"} if settings is None else settings)
    tensors = {name: tensor.to(dtype, copy=True).contiguous() for name, tensor in _renamed(weights, shape, norm)}
    if biased:
        tensors["lm_head.bias"] = weights["unembed.b_U"].to(dtype, copy=True)
    # On the meta device nothing is allocated and no random number drawn.
    with torch.device("meta"):
        hf = kind(config)
    hf.load_state_dict(tensors, assign=True)
    return hf.eval()


def _is_constant(name: str) -> bool:
    """Whether a tensor is a buffer that says nothing about the model: the causal mask and the value put there."""
    return re.fullmatch(r"blocks\.\d+\.attn\.(mask|IGNORE)", name) is not None


def _shape(weights: Mapping[str, Tensor]) -> Shape:
    """The sizes; raises `ModelError` when the tensors that tell them are missing or have other axes."""
    told = {"embed.W_E": 2, "pos_embed.W_pos": 2, "blocks.0.attn.W_Q": 3, "blocks.0.mlp.W_in": 2}
    missing = [name for name in told if name not in weights]
    if missing:
        raise ModelError(
            f"these weights have no {_some(missing)}: they are not, or not all, in TransformerLens's names"
        )
    for name, axes in told.items():
        if weights[name].ndim != axes:
            raise ModelError(f"{name} must have {axes} axes, not the shape {list(weights[name].shape)}")
    layers = {found[1] for name in weights if (found := re.match(r"blocks\.(\d+)\.", name))}
    (vocabulary, width), (heads, _, d_head) = weights["embed.W_E"].shape, weights["blocks.0.attn.W_Q"].shape
    context, inner = weights["pos_embed.W_pos"].shape[0], weights["blocks.0.mlp.W_in"].shape[1]
    return Shape(len(layers), width, heads, d_head, context, vocabulary, inner)


def _norm(weights: Mapping[str, Tensor], settings: Mapping[str, Any] | None) -> str | None:
    """The kind of norm: as the settings say, else by whether norms have weights."""
    for key in ("normalization_type", "normalization"):
        if settings is not None and key in settings:
            if settings[key] not in NORMS:
                raise ModelError(f"{key} {settings[key]!r} is none that GPT-2 can have: {_some(NORMS)}")
            return NORMS[NORMS.index(settings[key])]
    if "ln_final.w" in weights:
        return "LN"
    if settings is None:
        return "LNPre"
    raise ModelError(
        'the norms have no weights: say as "normalization_type" in the configuration whether they were folded '
        '("LNPre") or never there (null).'
    )


def _require_possible(shape: Shape, settings: Mapping[str, Any]) -> None:
    """Raise `ModelError` for what a GPT-2 module cannot compute, and for settings that contradict the tensors."""
    if shape.n_heads * shape.d_head != shape.d_model:
        raise ModelError(
            f"{shape.n_heads} heads of {shape.d_head} are not as wide as the residual stream ({shape.d_model}): "
            "GPT-2's attention has no other shape."
        )
    for key, size in shape._asdict().items():
        if settings.get(key, size) != size:
            raise ModelError(f"the configuration says {key} {settings[key]}, but the tensors say {size}")
    neutral = _NEUTRAL | {"n_key_value_heads": (None, shape.n_heads), "d_vocab_out": (None, -1, shape.d_vocab)}
    for key, values in neutral.items():
        if key in settings and settings[key] not in values:
            raise ModelError(f"{key} {settings[key]!r} in the configuration is nothing that GPT-2 can follow")
    scale = settings.get("attn_scale")
    if (
        settings.get("use_attn_scale", True)
        and scale not in (None, -1)
        and not isclose(scale, sqrt(shape.d_head), rel_tol=1e-6)
    ):
        raise ModelError(
            f"attn_scale {scale} is not the root of d_head ({shape.d_head}): GPT-2 divides by nothing else"
        )


def _layout(shape: Shape, norm: str | None) -> dict[str, tuple[int, ...]]:
    """The shape of every tensor that must be there."""
    width, heads, d_head, inner = shape.d_model, shape.n_heads, shape.d_head, shape.d_mlp
    block: dict[str, tuple[int, ...]] = {f"attn.W_{one}": (heads, width, d_head) for one in "QKV"}
    block |= {f"attn.b_{one}": (heads, d_head) for one in "QKV"}
    block |= {"attn.W_O": (heads, d_head, width), "attn.b_O": (width,)}
    block |= {"mlp.W_in": (width, inner), "mlp.b_in": (inner,), "mlp.W_out": (inner, width), "mlp.b_out": (width,)}
    whole: dict[str, tuple[int, ...]] = {
        "embed.W_E": (shape.d_vocab, width),
        "pos_embed.W_pos": (shape.n_ctx, width),
        "unembed.W_U": (width, shape.d_vocab),
        "unembed.b_U": (shape.d_vocab,),
    }
    if norm == "LN":
        block |= {f"{place}.{one}": (width,) for place in ("ln1", "ln2") for one in "wb"}
        whole |= {f"ln_final.{one}": (width,) for one in "wb"}
    inside = {f"blocks.{layer}.{name}": size for layer in range(shape.n_layers) for name, size in block.items()}
    return whole | inside


def _require_whole(weights: Mapping[str, Tensor], layout: Mapping[str, tuple[int, ...]]) -> None:
    missing = layout.keys() - weights.keys() - {"unembed.b_U"}
    if missing:
        raise ModelError(f"these weights are not whole: {len(missing)} are missing, {_some(sorted(missing))}")
    unknown = weights.keys() - layout.keys()
    if unknown:
        raise ModelError(f"{len(unknown)} tensors have no place in this model: {_some(sorted(unknown))}")
    for name, tensor in weights.items():
        if tensor.shape != layout[name]:
            raise ModelError(f"{name} has the shape {list(tensor.shape)}, not {list(layout[name])} as the others say")


def _configured(shape: Shape, norm: str | None, biased: bool, settings: Mapping[str, Any]) -> tuple[Any, Any]:
    """(class, configuration): GPT-2 itself where it can say everything."""
    from transformers import GPT2Config, GPT2LMHeadModel

    from interp.models.tlens_gpt2 import TLensGPT2, TLensGPT2Config

    if settings.get("act_fn") not in ACTIVATIONS:
        raise ModelError(
            f'"act_fn" in the configuration must be one of {_some(ACTIVATIONS)}, not {settings.get("act_fn")!r}'
        )
    facts = {
        "n_layer": shape.n_layers,
        "n_embd": shape.d_model,
        "n_head": shape.n_heads,
        "n_positions": shape.n_ctx,
        "vocab_size": shape.d_vocab,
        "n_inner": shape.d_mlp,
        "activation_function": settings["act_fn"],
        "layer_norm_epsilon": settings.get("eps", 1e-5),
        "scale_attn_weights": settings.get("use_attn_scale", True),
        "scale_attn_by_inverse_layer_idx": settings.get("scale_attn_by_inverse_layer_idx", False),
        "tie_word_embeddings": False,
    }
    # The weights do not tell with how much dropout they were trained, nor which tokens begin and end a text.
    facts |= dict.fromkeys(("resid_pdrop", "embd_pdrop", "attn_pdrop"), 0.0)
    facts |= dict.fromkeys(("bos_token_id", "eos_token_id", "pad_token_id"))
    if norm is not None and not biased:
        return GPT2LMHeadModel, GPT2Config(**facts)
    return TLensGPT2, TLensGPT2Config(**facts, norms=norm is not None, head_bias=biased)


def _renamed(weights: Mapping[str, Tensor], shape: Shape, norm: str | None) -> Iterable[tuple[str, Tensor]]:
    """GPT-2's tensors, but for the bias that its unembedding lacks. Its projections are written [in, out]."""
    yield "transformer.wte.weight", weights["embed.W_E"]
    yield "transformer.wpe.weight", weights["pos_embed.W_pos"]
    yield "lm_head.weight", weights["unembed.W_U"].T
    yield from _norm_tensors("transformer.ln_f", "ln_final", weights, shape, norm)
    for layer in range(shape.n_layers):
        ours, theirs = f"transformer.h.{layer}", f"blocks.{layer}"
        yield from _norm_tensors(f"{ours}.ln_1", f"{theirs}.ln1", weights, shape, norm)
        yield from _norm_tensors(f"{ours}.ln_2", f"{theirs}.ln2", weights, shape, norm)
        queries_keys_values = [weights[f"{theirs}.attn.W_{one}"].transpose(0, 1).flatten(1) for one in "QKV"]
        yield f"{ours}.attn.c_attn.weight", torch.cat(queries_keys_values, dim=1)
        yield f"{ours}.attn.c_attn.bias", torch.cat([weights[f"{theirs}.attn.b_{one}"].flatten() for one in "QKV"])
        yield f"{ours}.attn.c_proj.weight", weights[f"{theirs}.attn.W_O"].flatten(0, 1)
        yield f"{ours}.attn.c_proj.bias", weights[f"{theirs}.attn.b_O"]
        yield f"{ours}.mlp.c_fc.weight", weights[f"{theirs}.mlp.W_in"]
        yield f"{ours}.mlp.c_fc.bias", weights[f"{theirs}.mlp.b_in"]
        yield f"{ours}.mlp.c_proj.weight", weights[f"{theirs}.mlp.W_out"]
        yield f"{ours}.mlp.c_proj.bias", weights[f"{theirs}.mlp.b_out"]


def _norm_tensors(
    ours: str, theirs: str, weights: Mapping[str, Tensor], shape: Shape, norm: str | None
) -> Iterable[tuple[str, Tensor]]:
    if norm is not None:
        yield f"{ours}.weight", weights[f"{theirs}.w"] if norm == "LN" else torch.ones(shape.d_model)
        yield f"{ours}.bias", weights[f"{theirs}.b"] if norm == "LN" else torch.zeros(shape.d_model)


def _some(names: Iterable[str | None]) -> str:
    """The first names, in quotes."""
    all_of_them = [repr(name) for name in names]
    return ", ".join(all_of_them[:7]) + (" ..." if len(all_of_them) > 7 else "")
