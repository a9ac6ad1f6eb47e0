"""Two tokenizers built in unlike ways, neither of them the zoo's: words with a beginning token, bytes without."""

from typing import Any

from interp import Model, load

SENTENCES = "The sum of and is If you subtract from , will get a b = ; print ( - ) # should + What ? Answer :"


def word_tokenizer(largest: int = 99, adds_bos: bool = True) -> Any:
    """Words, single spaces and numbers up to `largest`; puts "<s>" in front unless told not to."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    known = ["<s>", "<unk>", " ", *SENTENCES.split(), *map(str, range(largest + 1))]
    vocabulary = {word: number for number, word in enumerate(dict.fromkeys(known))}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Split(Regex(r"\d+|[A-Za-z]+|\s|[^\w\s]"), "isolated")
    if adds_bos:
        backend.post_processor = processors.TemplateProcessing("<s> $A", special_tokens=[("<s>", 0)])
    return PreTrainedTokenizerFast(tokenizer_object=backend, bos_token="<s>", unk_token="<unk>")


def byte_tokenizer(bos: bool = False) -> Any:
    """Bytes as in GPT-2, with numbers of up to two digits as one token and " 12" as another; adds nothing."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    digits = "0123456789"
    merges = [(a, b) for a in digits for b in digits]
    merges += [("Ġ", number) for number in (*(a + b for a, b in merges), *digits)]
    known = ["<|endoftext|>", *sorted(pre_tokenizers.ByteLevel.alphabet()), *(a + b for a, b in merges)]
    backend = Tokenizer(models.BPE({word: number for number, word in enumerate(known)}, merges))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    named = {"bos_token": "<|endoftext|>"} if bos else {}
    return PreTrainedTokenizerFast(tokenizer_object=backend, **named)


def reads_with(tokenizer: Any, spare: int = 0) -> Model:
    """An untrained GPT-2 of two blocks with this tokenizer, and `spare` more embeddings than it needs."""
    from experiments.gpt2 import gpt2

    hf: Any = gpt2(
        vocabulary=len(tokenizer) + spare, context=64, depth=2, width=16, heads=2, dropout=0.0, separator=None, seed=0
    )
    hf.tokenizer = tokenizer
    return load(hf)
