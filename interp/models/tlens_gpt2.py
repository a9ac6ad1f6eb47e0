"""GPT-2 as TransformerLens also trains it: with a bias on the unembedding, or without norms."""

from typing import Any

from torch import nn
from transformers import AutoConfig, AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel


class TLensGPT2Config(GPT2Config):  # type: ignore[misc]
    """GPT-2's configuration and two facts that it has no words for.

    The model type is one of its own: whoever reads such a folder as a plain GPT-2 would lose the bias unnoticed.
    """

    model_type = "tlens_gpt2"

    def __init__(self, *, norms: bool = True, head_bias: bool = True, **settings: Any):
        self.norms, self.head_bias = norms, head_bias
        super().__init__(**settings)


class TLensGPT2(GPT2LMHeadModel):  # type: ignore[misc]
    """GPT-2 whose norms may be absent and whose unembedding may have a bias, as its configuration says."""

    config_class = TLensGPT2Config

    def __init__(self, config: Any):
        super().__init__(config)
        if config.head_bias:
            self.lm_head = nn.Linear(config.n_embd, config.vocab_size)
        if not config.norms:
            for block in self.transformer.h:
                block.ln_1, block.ln_2 = nn.Identity(), nn.Identity()
            self.transformer.ln_f = nn.Identity()
        self.post_init()


AutoConfig.register(TLensGPT2Config.model_type, TLensGPT2Config)
AutoModelForCausalLM.register(TLensGPT2Config, TLensGPT2)
