"""A loaded model: the real Hugging Face module, the places in it, and checked calls."""

import sys
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int, Integer
from torch import Tensor, nn

from interp.errors import ModelError, ShapeError, UnknownNameError, unknown
from interp.models.anatomy import Anatomy
from interp.models.sites import KINDS, Site, site

_INTEGERS = {torch.uint8, torch.int8, torch.int16, torch.uint16, torch.int32, torch.uint32, torch.int64}


class Model:
    """A causal language model to look into.

    `hf` is the Hugging Face module itself: whatever works on it goes on working. Calling the model checks the tokens
    and returns the logits.
    """

    def __init__(
        self,
        hf: Any,
        anatomy: Anatomy,
        name: str,
        source: str | Path | None = None,
        revision: str = "main",
        tokenizer: Any = None,
    ):
        self.hf, self.anatomy, self.name = hf, anatomy, name
        self._source, self._revision, self._tokenizer = source, revision, tokenizer
        config = hf.config
        self.blocks: nn.ModuleList = self.part(anatomy.blocks)
        self.depth: int = len(self.blocks)
        """Number of blocks."""
        if not (hasattr(config, "hidden_size") and hasattr(config, "num_attention_heads")):
            raise ModelError(f"the configuration of {name} has no hidden_size or no num_attention_heads")
        self.width: int = config.hidden_size
        """Size of the residual stream."""
        self.heads: int = config.num_attention_heads
        """Query heads of a block."""
        self.kv_heads: int = getattr(config, "num_key_value_heads", None) or self.heads
        """Key-value heads of a block."""
        self.d_head: int = getattr(config, "head_dim", None) or self.width // self.heads
        """Size of a head."""
        self.vocabulary: int = hf.get_input_embeddings().weight.shape[0]
        """Number of token ids."""
        self.context: int = getattr(config, "max_position_embeddings", None) or sys.maxsize
        """The longest sequence; `sys.maxsize` where the architecture sets no bound."""

    def __repr__(self) -> str:
        return f"Model({self.name!r}, depth={self.depth}, width={self.width}, heads={self.heads}, {self.device})"

    @property
    def device(self) -> torch.device:
        """Where the embedding lies."""
        device: torch.device = self.hf.get_input_embeddings().weight.device
        return device

    @property
    def dtype(self) -> torch.dtype:
        """Type of the embedding's weights."""
        dtype: torch.dtype = self.hf.get_input_embeddings().weight.dtype
        return dtype

    @property
    def tokenizer(self) -> Any:
        """The model's tokenizer, loaded when first asked for; raises `ModelError` when it has none."""
        if self._tokenizer is None:
            from transformers import AutoTokenizer

            none = ModelError(f"{self.name} has no tokenizer; hand in token ids instead of text.")
            if self._source is None:
                raise none
            try:
                found = AutoTokenizer.from_pretrained(self._source, revision=self._revision)
            except (OSError, ValueError, TypeError) as error:
                raise none from error
            # Where there are no files, transformers makes a tokenizer that knows nothing but its special tokens.
            if len(found) <= len(found.all_special_ids):
                raise none
            self._tokenizer = found
        return self._tokenizer

    def __call__(self, tokens: Integer[Tensor, "batch position"]) -> Float[Tensor, "batch position token"]:
        """Logits of the next token at every position; gradients flow unless `torch.no_grad()` forbids it."""
        logits: Tensor = self.hf(input_ids=self.checked(tokens), use_cache=False, return_dict=True).logits
        return logits

    def checked(self, tokens: Integer[Tensor, "batch position"]) -> Int[Tensor, "batch position"]:
        """`tokens` on the model's device; raises `ShapeError` for an empty batch, a long sequence or a wrong id."""
        if tokens.ndim != 2 or tokens.dtype not in _INTEGERS:
            raise ShapeError(f"tokens must be integers [batch, position], not {tokens.dtype} {list(tokens.shape)}")
        if tokens.numel() == 0:
            raise ShapeError(f"tokens are empty: [batch, position] is {list(tokens.shape)}")
        if tokens.shape[1] > self.context:
            raise ShapeError(
                f"{tokens.shape[1]} positions are more than the {self.context} that {self.name} can read. Cut them."
            )
        tokens = tokens.long()
        low, high = int(tokens.min()), int(tokens.max())
        if low < 0 or high >= self.vocabulary:
            wrong = low if low < 0 else high
            raise ShapeError(f"token id {wrong} is not in the vocabulary of {self.name}: 0 to {self.vocabulary - 1}")
        return tokens.to(self.device)

    def unembed(self, resid: Float[Tensor, "*batch width"]) -> Float[Tensor, "*batch token"]:
        """Logits of a residual stream: final norm, unembedding, and the soft cap where the architecture has one.

        Hooks and edits on those modules are passed by: they belong to the forward pass.
        """
        norm, head = self.part(self.anatomy.final_norm), self.hf.get_output_embeddings()
        logits: Tensor = head.forward(norm.forward(resid))
        cap = getattr(self.hf.config, "final_logit_softcapping", None)
        return logits if cap is None else cap * torch.tanh(logits / cap)

    def part(self, path: str, layer: int | None = None) -> Any:
        """The module at `path`: in the model, or in block `layer`."""
        root = self.hf if layer is None else self.blocks[layer]
        try:
            return root.get_submodule(path)
        except AttributeError as error:
            raise ModelError(f"{self.name} has no part {path!r}: its anatomy does not fit it. {error}") from error

    def require_intact(self) -> None:
        """Raise `ModelError` when its blocks were replaced since it was loaded: hooks on the old ones would be idle."""
        if self.part(self.anatomy.blocks) is not self.blocks:
            raise ModelError(
                f"the blocks of {self.name} were replaced since it was loaded. If a TransformerBridge wrapped them, "
                "hand the bridge to load()."
            )

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """Every site of this model, in the order in which it is computed."""
        absent = {"final_norm"}
        if self.anatomy.before_mlp is None:
            absent.add("mid")
        if not self.anatomy.rotary:
            absent |= {"rot_q", "rot_k"}
        kinds = [kind for kind in KINDS if kind not in absent]
        inner = [Site(kind, layer) for layer in range(self.depth) for kind in kinds]
        return (*inner, Site("resid", self.depth), Site("final_norm", 0))

    def find(self, sites: Site | str | Iterable[Site | str]) -> list[Site]:
        """The sites meant by sites or TransformerLens names, each once; an unknown one raises with the nearest."""
        asked: Sequence[Site | str] = [sites] if isinstance(sites, Site | str) else list(sites)
        if not asked:
            raise ShapeError("no sites were asked for")
        return list(dict.fromkeys(self._find(one) for one in asked))

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(known.name for known in self.sites)

    def _find(self, asked: Site | str) -> Site:
        names = self._names
        try:
            found = site(asked) if isinstance(asked, str) else asked
        except UnknownNameError:
            raise unknown("site", str(asked), names) from None
        if found.kind == "mid" and self.anatomy.before_mlp is None and found.layer < self.depth:
            raise unknown(
                "site",
                found.name,
                names,
                hint=f"The blocks of {self.name} run attention and MLP in parallel: there is nothing between them.",
            )
        if found.name not in names:
            raise unknown("site", found.name, names, hint=f"{self.name} has {self.depth} blocks.")
        return found
