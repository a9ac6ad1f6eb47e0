import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from interp import Model, load
from interp.errors import InterpError, ModelError
from interp.text import END, require_fit, train_bpe
from tests.architectures import fresh

TEXTS = ["low low low low low lower lower newest newest newest newest newest newest widest widest widest"]


def test_the_first_tokens_are_the_end_and_the_bytes() -> None:
    tokenizer = train_bpe(TEXTS, 257)
    assert len(tokenizer) == 257
    assert (tokenizer.eos_token, tokenizer.bos_token, tokenizer.eos_token_id, tokenizer.bos_token_id) == (
        END,
        END,
        0,
        0,
    )
    anything = "".join(map(chr, range(1, 700))) + "☃😀\n\t "
    assert tokenizer.decode(tokenizer(anything, add_special_tokens=False)["input_ids"]) == anything


def slow_merges(text: str, count: int) -> list[tuple[str, str]]:
    """Byte-pair encoding by definition: merge the most frequent pair of neighbours inside words, and again."""
    # A word is what GPT-2 takes for one: its letters with the blank before it, which is written Ġ.
    words = Counter(tuple(("Ġ" if place else "") + word) for place, word in enumerate(text.split(" ")))
    merges = []
    for _ in range(count):
        pairs: Counter[tuple[str, str]] = Counter()
        for word, often in words.items():
            for pair in pairwise(word):
                pairs[pair] += often
        best, often = pairs.most_common(1)[0]
        assert list(pairs.values()).count(often) == 1, "the text must leave no choice"
        merges.append(best)
        words = Counter({tuple(merged(word, best)): n for word, n in words.items()})
    return merges


def merged(word: tuple[str, ...], pair: tuple[str, str]) -> list[str]:
    result: list[str] = []
    for part in word:
        if result and (result[-1], part) == pair:
            result[-1] += part
        else:
            result.append(part)
    return result


def test_merges_are_those_of_the_definition() -> None:
    text = " ".join(["zz"] * 16 + ["abcd"] * 5 + ["bcd"] * 4 + ["cde"] * 2)
    merges = slow_merges(text, 4)
    tokenizer = train_bpe([text], 257 + len(merges))
    assert [token for token, i in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1]) if i >= 257] == [
        left + right for left, right in merges
    ]


def test_fewer_pairs_than_asked_for_give_fewer_tokens() -> None:
    assert len(train_bpe(["ab ab"], 4096)) == 257 + 2  # "ab" and " a" then "b", or " ab" by way of "ab"


def test_the_same_texts_give_the_same_tokenizer_in_another_process() -> None:
    program = "from interp.text import train_bpe; print(train_bpe([{text!r}], 280).backend_tokenizer.to_str())"
    other = subprocess.run(
        [sys.executable, "-c", program.format(text=TEXTS[0])],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert other.stdout.strip() == train_bpe(TEXTS, 280).backend_tokenizer.to_str()


@pytest.mark.parametrize("vocabulary", [0, 256])
def test_a_vocabulary_without_room_for_the_bytes_is_refused(vocabulary: int) -> None:
    with pytest.raises(InterpError, match=f"a vocabulary of {vocabulary} is too small"):
        train_bpe(TEXTS, vocabulary)


@pytest.mark.parametrize("texts", [[], ["", ""]])
def test_no_text_is_refused(texts: list[str]) -> None:
    with pytest.raises(InterpError, match="the texts are empty"):
        train_bpe(texts, 300)


def test_it_is_saved_and_loaded_as_transformers_does(tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = train_bpe(TEXTS, 280)
    tokenizer.save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    assert loaded(TEXTS)["input_ids"] == tokenizer(TEXTS)["input_ids"]
    assert loaded.eos_token_id == 0


def test_a_tokenizer_with_more_ids_than_the_model_has_embeddings_is_refused(gpt2: Model) -> None:
    with pytest.raises(ModelError, match=rf"ids up to 256, but .* 0 to {gpt2.vocabulary - 1} only"):
        require_fit(train_bpe(TEXTS, 257), gpt2)


def test_a_tokenizer_no_larger_than_the_model_fits() -> None:
    model = load(fresh("gpt2"))  # one of our own, since it is changed
    tokenizer = train_bpe(TEXTS, 257)
    for vocabulary in (257, 300):
        model.vocabulary = vocabulary
        require_fit(tokenizer, model)
    model.vocabulary = 256
    with pytest.raises(ModelError, match="or a vocabulary of 256"):
        require_fit(tokenizer, model)
