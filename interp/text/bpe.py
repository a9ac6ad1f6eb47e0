"""A tokenizer made from a corpus: byte-level BPE."""

from collections.abc import Iterable
from typing import Any

from interp.errors import InterpError, ModelError
from interp.models.model import Model

END = "<|endoftext|>"
"""The one special token, id 0: it stands between documents, and before the first where a model wants it."""
_SMALLEST = 257


def train_bpe(texts: Iterable[str], vocabulary: int) -> Any:
    """A byte-level BPE tokenizer (GPT-2's kind) of at most `vocabulary` tokens, as a `PreTrainedTokenizerFast`.

    Id 0 is `<|endoftext|>`, used as BOS and EOS; ids 1 to 256 are the bytes, so that every text can be read and
    comes back unchanged. The same texts give the same tokenizer. There are fewer tokens than asked where the texts
    hold fewer pairs to merge. Raises `InterpError` for a vocabulary below 257 and for texts without a character.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    if vocabulary < _SMALLEST:
        raise InterpError(f"a vocabulary of {vocabulary} is too small: 256 bytes and {END} are {_SMALLEST} already")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[END],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    characters = _Counted(texts)
    tokenizer.train_from_iterator(characters, trainer)
    if not characters.count:
        raise InterpError("there is no text to make a tokenizer from: the texts are empty")
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=END, eos_token=END, clean_up_tokenization_spaces=False
    )


class _Counted:
    """Texts that are counted as they pass."""

    def __init__(self, texts: Iterable[str]):
        self.texts, self.count = texts, 0

    def __iter__(self) -> Any:
        for text in self.texts:
            self.count += len(text)
            yield text


def require_fit(tokenizer: Any, model: Model) -> None:
    """Raise `ModelError` when `tokenizer` can give ids that `model` has no embedding for; a smaller one fits."""
    largest = max(tokenizer.get_vocab().values(), default=-1)
    if largest >= model.vocabulary:
        raise ModelError(
            f"the tokenizer gives ids up to {largest}, but {model.name} has embeddings for 0 to "
            f"{model.vocabulary - 1} only. Use the model's own tokenizer, or a vocabulary of {model.vocabulary}."
        )


__all__ = ["END", "require_fit", "train_bpe"]
