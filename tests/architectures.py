"""Tiny random models of every architecture: big enough weights that a mistake shows, small enough to run in no time."""

from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor

from interp import Model, load

DEPTH, WIDTH, VOCABULARY, CONTEXT, HEADS = 2, 32, 50, 16, 4
BATCH, POSITIONS = 3, 7


class Architecture(NamedTuple):
    """A row of `ARCHITECTURES`."""

    config: str
    """Class of the transformers configuration."""
    model: str
    """Class of the transformers model; TransformerLens knows the architecture by it too."""
    settings: dict[str, Any]
    """What the configuration is told beside the sizes common to its family."""


_GPT = {
    "vocab_size": VOCABULARY,
    "n_embd": WIDTH,
    "n_layer": DEPTH,
    "n_head": HEADS,
    "n_positions": CONTEXT,
    "bos_token_id": 0,
    "eos_token_id": 0,
}
_LLAMA = {
    "vocab_size": VOCABULARY,
    "hidden_size": WIDTH,
    "num_hidden_layers": DEPTH,
    "num_attention_heads": HEADS,
    "intermediate_size": 48,
    "max_position_embeddings": CONTEXT,
    "pad_token_id": 0,
    "bos_token_id": 0,
    "eos_token_id": 0,
}
_GQA = _LLAMA | {"num_key_value_heads": 2, "tie_word_embeddings": False}
_GEMMA = _LLAMA | {"num_key_value_heads": 2, "head_dim": 12}
_WINDOW = {"sliding_window": 3, "layer_types": ["sliding_attention", "full_attention"], "query_pre_attn_scalar": 10}
_CAPS = {"attn_logit_softcapping": 2.0, "final_logit_softcapping": 3.0}

ARCHITECTURES = {
    "gpt2": Architecture("GPT2Config", "GPT2LMHeadModel", _GPT | {"tie_word_embeddings": False}),
    "gpt2-tied": Architecture("GPT2Config", "GPT2LMHeadModel", _GPT),
    "gptj": Architecture("GPTJConfig", "GPTJForCausalLM", _GPT | {"rotary_dim": 4, "tie_word_embeddings": False}),
    "neox": Architecture("GPTNeoXConfig", "GPTNeoXForCausalLM", _LLAMA | {"use_parallel_residual": True}),
    "neox-sequential": Architecture("GPTNeoXConfig", "GPTNeoXForCausalLM", _LLAMA | {"use_parallel_residual": False}),
    "llama": Architecture("LlamaConfig", "LlamaForCausalLM", _GQA),
    "llama-tied": Architecture("LlamaConfig", "LlamaForCausalLM", _GQA | {"tie_word_embeddings": True}),
    "mistral": Architecture("MistralConfig", "MistralForCausalLM", _GQA | {"sliding_window": 3}),
    "qwen2": Architecture("Qwen2Config", "Qwen2ForCausalLM", _GQA),
    "qwen3": Architecture("Qwen3Config", "Qwen3ForCausalLM", _GQA | {"head_dim": 12}),
    "gemma": Architecture("GemmaConfig", "GemmaForCausalLM", _GEMMA | {"num_key_value_heads": 1}),
    "gemma2": Architecture("Gemma2Config", "Gemma2ForCausalLM", _GEMMA | _WINDOW | _CAPS),
    "gemma3": Architecture("Gemma3TextConfig", "Gemma3ForCausalLM", _GEMMA | _WINDOW),
}


def fresh(name: str, **settings: Any) -> Any:
    """A Hugging Face model of its own for the caller, always with the same weights."""
    import transformers

    row = ARCHITECTURES[name]
    config = getattr(transformers, row.config)(**(row.settings | settings))
    with torch.random.fork_rng(devices=[]):
        hf = getattr(transformers, row.model)(config).eval()
    redraw(hf)
    return hf


def redraw(hf: Any) -> None:
    """Weights from a normal of 0.2 about 0, or about 1 where they were 1."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in hf.parameters():
            centre = float((weight == 1).all())
            weight.copy_(centre + 0.2 * torch.randn(weight.shape, generator=generator))


@cache
def made(name: str) -> Model:
    """The model of an architecture, made once: tests must leave it as it was (`tests/conftest.py` looks)."""
    return load(fresh(name))


def some_tokens(batch: int = BATCH, positions: int = POSITIONS, seed: int = 0) -> Tensor:
    """Random token ids [batch, position]."""
    return torch.randint(VOCABULARY, (batch, positions), generator=torch.Generator().manual_seed(seed))
