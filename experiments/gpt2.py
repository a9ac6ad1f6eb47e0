"""The models that we train ourselves: GPT-2 shapes with random weights, and the optimiser they learn by."""

import torch
from torch import nn


def gpt2(
    *,
    vocabulary: int,
    context: int,
    depth: int,
    width: int,
    heads: int,
    dropout: float,
    separator: int | None,
    seed: int,
) -> nn.Module:
    """A GPT-2 with weights drawn from `seed`: pre-LayerNorm, GELU, learned positions, untied unembedding.

    `separator` is the token that stands between and before documents, if there is one.
    """
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        vocab_size=vocabulary,
        n_positions=context,
        n_layer=depth,
        n_head=heads,
        n_embd=width,
        activation_function="gelu",
        resid_pdrop=dropout,
        embd_pdrop=dropout,
        attn_pdrop=dropout,
        tie_word_embeddings=False,
        bos_token_id=separator,
        eos_token_id=separator,
        pad_token_id=None,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model: nn.Module = GPT2LMHeadModel(config)
    return model


def adamw(model: nn.Module, rate: float, weight_decay: float) -> torch.optim.Optimizer:
    """AdamW that decays matrices only."""
    parameters = list(model.parameters())
    groups = [
        {"params": [p for p in parameters if p.ndim >= 2], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.95), fused=True)


__all__ = ["adamw", "gpt2"]
