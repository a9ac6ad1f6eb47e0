"""A tokenizer in which every whole number is one token, as those of the paper's models have it up to 999."""

from collections.abc import Iterable
from typing import Any

BOS = "<bos>"
"""The token before every text."""
UNKNOWN = "<unk>"
"""The token of whatever is not in the vocabulary."""
PIECE = r"\d+| ?[A-Za-z]+| ?[^\sA-Za-z\d]| "
"""A number; a word or a sign with the space before it; a space that belongs to neither."""


def number_tokenizer(largest: int, texts: Iterable[str]) -> Any:
    """A `PreTrainedTokenizerFast` that reads 0 to `largest` and every word and sign of `texts`, `<bos>` in front.

    `<bos>` is the id 0, what it does not know 1, and the numbers follow in order.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    splitter = pre_tokenizers.Split(Regex(PIECE), "isolated")
    pieces = {piece for text in texts for piece, _ in splitter.pre_tokenize_str(text)}
    words = sorted(piece for piece in pieces if not piece.isdigit())
    names = [BOS, UNKNOWN, *map(str, range(largest + 1)), *words]
    tokenizer = Tokenizer(models.WordLevel({name: number for number, name in enumerate(names)}, unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = splitter
    tokenizer.decoder = decoders.Fuse()
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{BOS} $A", special_tokens=[(BOS, 0)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=BOS, unk_token=UNKNOWN, clean_up_tokenization_spaces=False
    )


__all__ = ["BOS", "PIECE", "UNKNOWN", "number_tokenizer"]
