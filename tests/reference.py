"""Every architecture computed anew from its weights: plain loops in double precision, no hooks, no modules.

Each site's tensor goes through `Sites.see`, which notes it and may change it, so that values, edits and gradients of
the library all have an oracle that shares no code with it.
"""

import math
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, NamedTuple

import torch
from torch import Tensor

import interp
from interp import Site
from tests.architectures import made, some_tokens

Weights = dict[str, Tensor]
Changes = Mapping[Site, Callable[[Tensor], Tensor]]


class Sites:
    """What passed at every site."""

    def __init__(self, changes: Changes):
        self.changes = changes
        self.found: dict[Site, Tensor] = {}

    def see(self, site: Site, tensor: Tensor) -> Tensor:
        """Note the tensor, changed if somebody asked for it, and hand it on."""
        self.found[site] = self.changes[site](tensor) if site in self.changes else tensor
        return self.found[site]


class Rotary(NamedTuple):
    """How queries and keys are rotated."""

    base: float
    """Its frequencies are base ** (-2 i / size)."""
    size: int
    """How many of a head's dimensions are rotated."""
    interleaved: bool = False
    """Whether neighbours form a pair (else dimension i and i + size / 2)."""


class Attention(NamedTuple):
    """What a block's attention does to its queries, keys and scores."""

    scale: float
    """Factor of the scores."""
    rotary: Rotary | None = None
    """The rotation, if any."""
    softcap: float | None = None
    """Soft cap of the scores."""
    window: int | None = None
    """How many keys a query sees, itself included; None means all before it."""
    normed: Callable[[Tensor, str], Tensor] = lambda tensor, _: tensor
    """Norm of the queries ("q") and keys ("k")."""


@cache
def expected(name: str) -> tuple[dict[Site, Tensor], Tensor]:
    """Every site of an architecture and its logits for `some_tokens()`."""
    return reference(made(name).hf, some_tokens())


def reference(hf: Any, tokens: Tensor, changes: Changes | None = None) -> tuple[dict[Site, Tensor], Tensor]:
    """Every site of the model, and its logits, for `tokens`, with `changes` made on the way."""
    weights = {name: weight.double() for name, weight in hf.state_dict().items()}
    family = {"gpt2": _gpt2, "gptj": _gptj, "gpt_neox": _neox}.get(hf.config.model_type, _llama)
    sites = Sites(changes or {})
    return sites.found, family(hf.config, weights, tokens, sites.see)


See = Callable[[Site, Tensor], Tensor]


def _gpt2(config: Any, w: Weights, tokens: Tensor, see: See) -> Tensor:
    width, heads, depth = config.n_embd, config.n_head, config.n_layer
    x = w["transformer.wte.weight"][tokens] + w["transformer.wpe.weight"][: tokens.shape[1]]
    for layer in range(depth):
        x = see(interp.resid(layer), x)
        part = _under(w, f"transformer.h.{layer}")
        fused = _layer_norm(x, part, "ln_1", 1e-5) @ part["attn.c_attn.weight"] + part["attn.c_attn.bias"]
        qkv = [fused[..., i * width : (i + 1) * width].unflatten(-1, (heads, width // heads)) for i in range(3)]
        z = _attend(see, layer, qkv, Attention((width // heads) ** -0.5))
        out = z.flatten(-2) @ part["attn.c_proj.weight"] + part["attn.c_proj.bias"]
        x = see(interp.mid(layer), x + see(interp.attn_out(layer), out))
        read = see(interp.mlp_in(layer), _layer_norm(x, part, "ln_2", 1e-5))
        pre = see(interp.mlp_pre(layer), read @ part["mlp.c_fc.weight"] + part["mlp.c_fc.bias"])
        post = see(interp.mlp_post(layer), _gelu_tanh(pre))
        x = x + see(interp.mlp_out(layer), post @ part["mlp.c_proj.weight"] + part["mlp.c_proj.bias"])
    x = see(interp.resid(depth), x)
    return _linear(see(interp.final_norm(), _layer_norm(x, w, "transformer.ln_f", 1e-5)), w, "lm_head")


def _gptj(config: Any, w: Weights, tokens: Tensor, see: See) -> Tensor:
    heads, size = config.n_head, config.n_embd // config.n_head
    attention = Attention(size**-0.5, Rotary(10000, config.rotary_dim, interleaved=True))
    x = w["transformer.wte.weight"][tokens]
    for layer in range(config.n_layer):
        x = see(interp.resid(layer), x)
        part = _under(w, f"transformer.h.{layer}")
        normed = _layer_norm(x, part, "ln_1", 1e-5)
        qkv = [_linear(normed, part, f"attn.{name}_proj").unflatten(-1, (heads, size)) for name in "qkv"]
        out = _linear(_attend(see, layer, qkv, attention).flatten(-2), part, "attn.out_proj")
        pre = see(interp.mlp_pre(layer), _linear(see(interp.mlp_in(layer), normed), part, "mlp.fc_in"))
        added = _linear(see(interp.mlp_post(layer), _gelu_tanh(pre)), part, "mlp.fc_out")
        x = x + see(interp.attn_out(layer), out) + see(interp.mlp_out(layer), added)
    x = see(interp.resid(config.n_layer), x)
    return _linear(see(interp.final_norm(), _layer_norm(x, w, "transformer.ln_f", 1e-5)), w, "lm_head")


def _neox(config: Any, w: Weights, tokens: Tensor, see: See) -> Tensor:
    heads, eps, rope = config.num_attention_heads, config.layer_norm_eps, config.rope_parameters
    size = config.hidden_size // heads
    attention = Attention(size**-0.5, Rotary(rope["rope_theta"], int(size * rope["partial_rotary_factor"])))
    x = w["gpt_neox.embed_in.weight"][tokens]
    for layer in range(config.num_hidden_layers):
        x = see(interp.resid(layer), x)
        part = _under(w, f"gpt_neox.layers.{layer}")
        fused = _linear(_layer_norm(x, part, "input_layernorm", eps), part, "attention.query_key_value")
        qkv = [fused.unflatten(-1, (heads, 3, size))[..., i, :] for i in range(3)]
        out = _linear(_attend(see, layer, qkv, attention).flatten(-2), part, "attention.dense")
        out = see(interp.attn_out(layer), out)
        x, below = (x + out, x) if config.use_parallel_residual else (see(interp.mid(layer), x + out),) * 2
        read = see(interp.mlp_in(layer), _layer_norm(below, part, "post_attention_layernorm", eps))
        pre = see(interp.mlp_pre(layer), _linear(read, part, "mlp.dense_h_to_4h"))
        post = see(interp.mlp_post(layer), 0.5 * pre * (1 + torch.erf(pre / math.sqrt(2))))
        x = x + see(interp.mlp_out(layer), _linear(post, part, "mlp.dense_4h_to_h"))
    x = see(interp.resid(config.num_hidden_layers), x)
    return _linear(see(interp.final_norm(), _layer_norm(x, w, "gpt_neox.final_layer_norm", eps)), w, "lm_head")


def _llama(config: Any, w: Weights, tokens: Tensor, see: See) -> Tensor:
    """Llama, Mistral, Qwen 2 and 3, Gemma 1 to 3: what differs is asked of the configuration and of the weights."""
    gemma, post_norms = config.model_type.startswith("gemma"), config.model_type in ("gemma2", "gemma3_text")
    before_mlp = "pre_feedforward_layernorm" if post_norms else "post_attention_layernorm"

    def norm(x: Tensor, weights: Weights, name: str) -> Tensor:
        scale = weights[f"{name}.weight"] + (1 if gemma else 0)
        out: Tensor = x / (x.square().mean(-1, keepdim=True) + config.rms_norm_eps).sqrt() * scale
        return out

    x = w["model.embed_tokens.weight"][tokens] * (math.sqrt(config.hidden_size) if gemma else 1)
    for layer in range(config.num_hidden_layers):
        x = see(interp.resid(layer), x)
        part = _under(w, f"model.layers.{layer}")
        attention = _llama_attention(config, layer)
        if "self_attn.q_norm.weight" in part:
            attention = attention._replace(normed=partial(_normed, norm, part))
        read = norm(x, part, "input_layernorm")
        qkv = [_linear(read, part, f"self_attn.{name}_proj").unflatten(-1, (-1, _size(config))) for name in "qkv"]
        out = _linear(_attend(see, layer, qkv, attention).flatten(-2), part, "self_attn.o_proj")
        out = norm(out, part, "post_attention_layernorm") if post_norms else out
        x = see(interp.mid(layer), x + see(interp.attn_out(layer), out))
        read = see(interp.mlp_in(layer), norm(x, part, before_mlp))
        pre = see(interp.mlp_pre(layer), _linear(read, part, "mlp.gate_proj"))
        post = (_gelu_tanh(pre) if gemma else pre / (1 + torch.exp(-pre))) * _linear(read, part, "mlp.up_proj")
        added = _linear(see(interp.mlp_post(layer), post), part, "mlp.down_proj")
        x = x + see(interp.mlp_out(layer), norm(added, part, "post_feedforward_layernorm") if post_norms else added)
    x = see(interp.resid(config.num_hidden_layers), x)
    logits = _linear(see(interp.final_norm(), norm(x, w, "model.norm")), w, "lm_head")
    cap = getattr(config, "final_logit_softcapping", None)
    return cap * torch.tanh(logits / cap) if cap else logits


def _normed(norm: Callable[[Tensor, Weights, str], Tensor], part: Weights, x: Tensor, name: str) -> Tensor:
    return norm(x, part, f"self_attn.{name}_norm")


def _size(config: Any) -> int:
    return int(getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads)


def _llama_attention(config: Any, layer: int) -> Attention:
    kinds: Any = getattr(config, "layer_types", None)
    sliding = kinds[layer] == "sliding_attention" if kinds else config.model_type == "mistral"
    rope = config.rope_parameters
    rope = rope if "rope_theta" in rope else rope[kinds[layer]]
    return Attention(
        scale=getattr(config, "query_pre_attn_scalar", _size(config)) ** -0.5,
        rotary=Rotary(rope["rope_theta"], _size(config)),
        softcap=getattr(config, "attn_logit_softcapping", None),
        window=config.sliding_window if sliding else None,
    )


def _attend(see: See, layer: int, qkv: list[Tensor], how: Attention) -> Tensor:
    """z [batch, position, head, d_head], one query of one head at a time."""
    q, k, v = (see(Site(kind, layer), tensor) for kind, tensor in zip("qkv", qkv, strict=True))
    q, k = how.normed(q, "q"), how.normed(k, "k")
    if how.rotary is not None:
        q, k = see(interp.rot_q(layer), _rotated(q, how.rotary)), see(interp.rot_k(layer), _rotated(k, how.rotary))
    batch, positions, heads, _ = q.shape
    scores = torch.full((batch, heads, positions, positions), -torch.inf, dtype=q.dtype)
    for head in range(heads):
        for query in range(positions):
            first = 0 if how.window is None else max(0, query - how.window + 1)
            keys = k[:, first : query + 1, head * k.shape[2] // heads]
            edges = (q[:, query, head, None] * keys).sum(-1) * how.scale
            edges = how.softcap * torch.tanh(edges / how.softcap) if how.softcap else edges
            scores[:, head, query, first : query + 1] = edges
    masked = scores == -torch.inf
    exponents = see(interp.scores(layer), scores).masked_fill(masked, -torch.inf).exp()
    total = exponents.sum(-1, keepdim=True)
    pattern = see(interp.pattern(layer), exponents / torch.where(total > 0, total, 1))
    mine = torch.stack([v[:, :, head * v.shape[2] // heads] for head in range(heads)], dim=1)
    return see(interp.z(layer), (pattern @ mine).transpose(1, 2))


def _rotated(x: Tensor, how: Rotary) -> Tensor:
    out, half = x.clone(), how.size // 2
    for pair in range(half):
        i, j = (2 * pair, 2 * pair + 1) if how.interleaved else (pair, pair + half)
        angle = torch.arange(x.shape[1], dtype=x.dtype) * how.base ** (-2 * pair / how.size)
        cos, sin = angle.cos()[:, None], angle.sin()[:, None]
        out[..., i] = x[..., i] * cos - x[..., j] * sin
        out[..., j] = x[..., j] * cos + x[..., i] * sin
    return out


def _under(weights: Weights, path: str) -> Weights:
    return {name.removeprefix(f"{path}."): weight for name, weight in weights.items() if name.startswith(f"{path}.")}


def _linear(x: Tensor, weights: Weights, name: str) -> Tensor:
    out = x @ weights[f"{name}.weight"].T
    return out + weights[f"{name}.bias"] if f"{name}.bias" in weights else out


def _layer_norm(x: Tensor, weights: Weights, name: str, eps: float) -> Tensor:
    centred = x - x.mean(-1, keepdim=True)
    scaled = centred / (centred.square().mean(-1, keepdim=True) + eps).sqrt()
    return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def _gelu_tanh(x: Tensor) -> Tensor:
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
