import pytest
import torch

from experiments.mental_math.layout import layout
from experiments.mental_math.prompts import encode
from interp.ablation.keys import by_token, with_first
from interp.errors import ShapeError
from tests.experiments.mental_math.tokenizers_made import byte_tokenizer, reads_with, word_tokenizer

SUMS = ["1+2=", "3+4=", "1+5="], [3, 7, 6]


def test_slots_are_named_from_the_tokens_and_the_beginning_token_is_the_sink() -> None:
    model = reads_with(word_tokenizer())
    found = layout(model, encode(model, *SUMS).tokens)
    assert found.slots == ("bos", "A", "+", "B", "=")
    assert (found.has_bos, found.sink, found.keys, found.condition) == (True, "bos", by_token, "by_token")


def test_words_keep_their_names_and_are_told_apart_where_they_come_twice() -> None:
    model = reads_with(word_tokenizer())
    prompts = encode(model, ["If you subtract 2 from 5, you will get "], [3])
    assert layout(model, prompts.tokens, "BA").slots == (
        "bos", "If", "space", "you", "space (2)", "subtract", "space (3)", "B", "space (4)", "from", "space (5)", "A",
        ",", "space (6)", "you (2)", "space (7)", "will", "space (8)", "get", "space (9)",
    )  # fmt: skip


def test_without_a_beginning_token_a_first_operand_is_no_sink_unless_means_are_kept_apart_by_it() -> None:
    model = reads_with(byte_tokenizer())
    tokens = encode(model, *SUMS).tokens
    found = layout(model, tokens)
    assert found.slots == ("A", "+", "B", "=")
    assert (found.has_bos, found.sink, found.keys) == (False, "none", by_token)
    kept = layout(model, tokens, keep_first=True)
    assert (kept.sink, kept.keys, kept.condition) == ("first token", with_first, "with_first")


def test_without_a_beginning_token_a_first_word_is_the_sink() -> None:
    model = reads_with(word_tokenizer())
    texts = [f"The sum of {a} and 3 is " for a in (1, 2)]
    tokens = encode(model, texts, [4, 5]).tokens[:, 1:]
    for keep_first in (False, True):
        found = layout(model, tokens, keep_first=keep_first)
        assert (found.slots[0], found.has_bos, found.sink, found.keys) == ("The", False, "first token", by_token)


def test_prompts_of_two_templates_are_refused() -> None:
    model = reads_with(word_tokenizer())
    tokens = torch.cat([encode(model, ["1+2="], [3]).tokens, encode(model, ["3-2="], [1]).tokens])
    with pytest.raises(ShapeError, match=r"position 2 holds '\+' and '-'"):
        layout(model, tokens)
