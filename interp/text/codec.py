"""A tokenizer as a corpus needs it: texts to ids and back, an identity, and nothing added to what was written."""

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Int32

from interp.errors import InterpError


class Codec:
    """A copy of a fast tokenizer without truncation, padding and added special tokens; a special token's name that
    stands in a text is read as the characters it is."""

    def __init__(self, content: str, eos: int):
        from tokenizers import Tokenizer

        self._backend: Any = Tokenizer.from_str(content)
        self._backend.no_truncation()
        self._backend.no_padding()
        self.content: str = self._backend.to_str()
        """The tokenizer as JSON, as `tokenizer.json` holds it."""
        self._backend.encode_special_tokens = True
        self.eos = eos
        """The id that separates documents."""

    @classmethod
    def of(cls, tokenizer: Any) -> "Codec":
        """Take over a `PreTrainedTokenizerFast`. Raises `InterpError` for a slow one, and for one without EOS."""
        backend = getattr(tokenizer, "backend_tokenizer", None)
        if backend is None:
            raise InterpError(f"need a fast tokenizer (PreTrainedTokenizerFast), not {type(tokenizer).__name__}")
        if tokenizer.eos_token_id is None:
            raise InterpError("the tokenizer has no EOS to separate documents by: set its `eos_token`")
        return cls(backend.to_str(), int(tokenizer.eos_token_id))

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the tokenizer and the separator."""
        canonical = json.dumps([json.loads(self.content), self.eos], sort_keys=True)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def encode(self, texts: Sequence[str]) -> list[Int32[np.ndarray, " token"]]:
        """The ids of each text, without BOS or EOS."""
        found = self._backend.encode_batch_fast(list(texts), add_special_tokens=False)
        return [np.array(encoding.ids, np.int32) for encoding in found]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of `ids`, special tokens by name; a character that is cut in two shows as "\ufffd"."""
        text: str = self._backend.decode(list(ids), skip_special_tokens=False)
        return text


__all__ = ["Codec"]
