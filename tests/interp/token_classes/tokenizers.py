"""A tokenizer of each kind, made from the same few lines."""

from functools import cache
from typing import Any

from interp.text import train_bpe

TEXTS = (
    "the cat sat on the mat, and the dog sat on the log.",
    "She said: the cats (all 3 of them) ran \u201chome\u201d!",
    "the walking cat's walked; the talking dog's talked",
    "a cat and a dog and the man of the house",
)
KINDS = ("byte-level", "sentencepiece", "wordpiece", "llama")


@cache
def made(kind: str) -> Any:
    """The tokenizer of a kind, which no test may change."""
    if kind == "byte-level":
        return train_bpe(TEXTS, 340)
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    special = ["<unk>", "<s>", "</s>"]
    if kind == "sentencepiece":
        raw = Tokenizer(models.Unigram())
        raw.pre_tokenizer, raw.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
        trainer: Any = trainers.UnigramTrainer(
            vocab_size=120, special_tokens=special, unk_token="<unk>", show_progress=False
        )
    elif kind == "wordpiece":
        special = ["[UNK]", "[CLS]", "[SEP]"]
        raw = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        raw.normalizer = normalizers.BertNormalizer()
        raw.pre_tokenizer, raw.decoder = pre_tokenizers.BertPreTokenizer(), decoders.WordPiece()
        trainer = trainers.WordPieceTrainer(vocab_size=120, special_tokens=special, show_progress=False)
    else:
        return _llama()
    raw.train_from_iterator(TEXTS, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=raw, unk_token=special[0], bos_token=special[1], eos_token=special[2]
    )


def _llama() -> Any:
    """SentencePiece as transformers writes Llama's: BPE with the space as a letter, bytes for what it does not know."""
    from tokenizers import Tokenizer, decoders, models, normalizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted({character for text in TEXTS for character in text if character.isascii()} - {" "})
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), "\u2581", *letters]
    merges = [("t", "h"), ("th", "e"), ("\u2581", "the"), ("c", "a"), ("ca", "t"), ("\u2581", "cat"), ("i", "n")]
    tokens += ["".join(pair) for pair in merges]
    raw = Tokenizer(models.BPE({t: n for n, t in enumerate(tokens)}, merges, byte_fallback=True, unk_token="<unk>"))
    raw.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    raw.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return PreTrainedTokenizerFast(tokenizer_object=raw, unk_token="<unk>", bos_token="<s>", eos_token="</s>")
