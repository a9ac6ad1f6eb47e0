from pathlib import Path
from typing import Any

import pytest

from experiments.mental_math.numbers import BOS, UNKNOWN, number_tokenizer
from experiments.mental_math.templates import STYLES

TEXTS = [text for style in STYLES.values() for text in style.values()]


@pytest.fixture(scope="module")
def words() -> Any:
    return number_tokenizer(99, TEXTS)


def pieces(words: Any, text: str) -> list[str]:
    return list(words.convert_ids_to_tokens(words(text).input_ids))


def test_every_number_is_one_token_and_numbers_follow_in_order(words: Any) -> None:
    assert pieces(words, "12+30=") == [BOS, "12", "+", "30", "="]
    ids = words.convert_tokens_to_ids(list(map(str, range(100))))
    assert ids == list(range(ids[0], ids[0] + 100))


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_read_can_be_written_again_and_a_space_at_the_end_is_a_token(words: Any, text: str) -> None:
    text = text.format(A=7, B=45)
    ids = words(text).input_ids
    assert words.decode(ids[1:]) == text
    assert text.endswith("=") or pieces(words, text)[-1] == " "


def test_what_is_not_in_the_vocabulary_is_the_unknown_token(words: Any) -> None:
    assert pieces(words, "100+5=") == [BOS, UNKNOWN, "+", "5", "="]


def test_it_is_saved_and_loaded_as_any_tokenizer(words: Any, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    words.save_pretrained(tmp_path)
    again = AutoTokenizer.from_pretrained(tmp_path)
    assert again("3-2=").input_ids == words("3-2=").input_ids
    assert again.bos_token == BOS
