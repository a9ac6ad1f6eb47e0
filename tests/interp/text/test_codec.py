from typing import Any

import pytest

from interp.errors import InterpError
from interp.text import END, Corpus, Document, train_bpe
from interp.text.codec import Codec

TEXTS = ["The cat sat on the mat.", "A dog.", f"It ends with {END} here."]


def tokenizer(bos: int | None = 0, padding: str | None = None) -> Any:
    """A tokenizer that, when asked as usual, puts a BOS first and pads or cuts."""
    from tokenizers.processors import TemplateProcessing

    made = train_bpe(TEXTS, 270)
    if bos is not None:
        token = made.convert_ids_to_tokens(bos)
        made.backend_tokenizer.post_processor = TemplateProcessing(single=f"{token} $A", special_tokens=[(token, bos)])
    if padding is not None:
        made.backend_tokenizer.enable_padding(direction=padding, length=40, pad_id=0, pad_token=END)
        made.backend_tokenizer.enable_truncation(4)
    return made


@pytest.mark.parametrize("bos", [None, 0, 1])
@pytest.mark.parametrize("padding", [None, "left", "right"])
def test_nothing_is_added_cut_or_lost_whatever_the_tokenizer_does_otherwise(
    bos: int | None, padding: str | None
) -> None:
    codec = Codec.of(tokenizer(bos, padding))
    ids = codec.encode(TEXTS)
    plain = Codec.of(tokenizer(None)).encode(TEXTS)
    assert [found.tolist() for found in ids] == [found.tolist() for found in plain]
    assert [codec.decode(found.tolist()) for found in ids] == TEXTS


@pytest.mark.parametrize("bos", [None, 0, 1])
def test_a_bos_stands_once_in_each_window(bos: int | None) -> None:
    corpus = Corpus.of([Document("a", "The cat sat " * 20)], tokenizer(bos), "texts", quiet=True)
    sequences = corpus.sequences(10, bos)
    if bos is None:
        assert sequences.kept.all()
    else:
        assert (sequences.tokens == bos).sum(1).tolist() == [1] * len(sequences)
        assert (sequences.tokens[:, 0] == bos).all()


def test_the_name_of_a_special_token_in_a_text_is_read_as_characters() -> None:
    codec = Codec.of(tokenizer())
    (ids,) = codec.encode([TEXTS[2]])
    assert 0 not in ids
    assert codec.decode(ids.tolist()) == TEXTS[2]
    assert codec.decode([0]) == END


def test_the_tokenizer_that_was_handed_in_stays_as_it_was() -> None:
    given = tokenizer(0, "left")
    before = given.backend_tokenizer.to_str()
    Codec.of(given).encode(TEXTS)
    assert given.backend_tokenizer.to_str() == before
    assert given(END, add_special_tokens=False)["input_ids"] == [0]


def test_the_fingerprint_is_of_the_vocabulary_and_the_separator_not_of_padding() -> None:
    codec = Codec.of(tokenizer())
    assert Codec.of(tokenizer(0, "right")).fingerprint == codec.fingerprint == Codec(codec.content, 0).fingerprint
    assert Codec(codec.content, 1).fingerprint != codec.fingerprint
    assert Codec.of(train_bpe(TEXTS, 260)).fingerprint != codec.fingerprint


def test_a_slow_tokenizer_and_one_without_end_are_refused() -> None:
    with pytest.raises(InterpError, match=r"need a fast tokenizer \(PreTrainedTokenizerFast\), not str"):
        Codec.of("gpt2")
    endless = tokenizer()
    endless.eos_token = None
    with pytest.raises(InterpError, match="no EOS"):
        Codec.of(endless)


def test_a_half_character_is_shown_as_such() -> None:
    codec = Codec.of(tokenizer())
    (ids,) = codec.encode(["☃"])
    assert codec.decode(ids[:2].tolist()) == "\ufffd"
