import pytest
from tokenizers import normalizers

from experiments.mental_math.reading import Reader, Reading, Refusal, require_read
from interp.errors import ModelError
from tests.experiments.mental_math.tokenizers_made import byte_tokenizer, reads_with, word_tokenizer


def refused(found: Reading | Refusal) -> Refusal:
    assert isinstance(found, Refusal)
    return found


@pytest.mark.parametrize("tokenizer", [word_tokenizer(), byte_tokenizer(), byte_tokenizer(bos=True)])
def test_a_sum_is_read_token_by_token_and_its_answer_follows(tokenizer: object) -> None:
    reader = Reader(reads_with(tokenizer))
    (found,) = reader.read(["12+30="], [42])
    assert isinstance(found, Reading)
    pieces = [reader.piece(token) for token in found.tokens]
    assert pieces[-4:] == ["12", "+", "30", "="]
    assert reader.piece(found.answer) == "42"
    assert len(pieces) == 4 + (reader.bos is not None)


@pytest.mark.parametrize("adds_bos", [True, False])
def test_the_beginning_token_is_there_once_whether_the_tokenizer_adds_it_or_not(adds_bos: bool) -> None:
    reader = Reader(reads_with(word_tokenizer(adds_bos=adds_bos)))
    for text in ("1+2=", "<s>1+2="):
        (found,) = reader.read([text], [3])
        assert isinstance(found, Reading)
        assert found.tokens.count(0) == 1
        assert found.tokens[0] == 0
    (found,) = reader.read(["1+<s>2="], [3])
    assert "holds the beginning token '<s>' itself" in refused(found).reason


def test_a_number_of_several_tokens_is_named_with_its_tokens() -> None:
    (found,) = Reader(reads_with(byte_tokenizer())).read(["123+4="], [27])
    assert refused(found) == ("number", "the number 123 of '123+4=' is no single token: '12', '3'.")


def test_an_answer_of_several_tokens_is_named_with_its_tokens() -> None:
    (found,) = Reader(reads_with(byte_tokenizer())).read(["99+44="], [143])
    assert refused(found) == ("answer", "the answer 143 of '99+44=' is 2 tokens: '14', '3'.")
    (found,) = Reader(reads_with(byte_tokenizer())).read(["4-9="], [-5])
    assert refused(found) == ("answer", "the answer -5 of '4-9=' is 2 tokens: '-', '5'.")


@pytest.mark.parametrize("drops", [False, True])
def test_what_is_not_in_the_vocabulary_is_refused_even_where_the_tokenizer_drops_it(drops: bool) -> None:
    tokenizer = word_tokenizer()
    if drops:
        tokenizer.backend_tokenizer.normalizer = normalizers.Replace("%", "")
    reader = Reader(reads_with(tokenizer))
    found = reader.read(["99+44=", "100+1=", "1%+2="], [143, 10, 3])
    assert [refused(each).kind for each in found] == ["answer", "number", "prompt"]
    assert refused(found[0]).reason == "the answer 143 of '99+44=' is not in the vocabulary."
    assert "the number 100 of '100+1=' is no single token" in refused(found[1]).reason
    assert "'1%+2=' is read as" in refused(found[2]).reason


def test_a_tokenizer_that_joins_the_last_space_with_the_answer_is_refused_with_the_reason() -> None:
    text = "The sum of 12 and 30 is "
    (found,) = Reader(reads_with(byte_tokenizer())).read([text], [42])
    assert refused(found).kind == "answer"
    assert refused(found).reason == (
        f"{text!r} ends in the tokens 's', ' ', but followed by its answer 42 it ends in 's', ' 42': "
        "the tokenizer joins prompt and answer, so that no token is the answer alone."
    )
    (apart,) = Reader(reads_with(word_tokenizer())).read([text], [42])
    assert isinstance(apart, Reading)


def test_the_error_counts_the_prompts_that_cannot_be_used() -> None:
    model = reads_with(byte_tokenizer())
    found = Reader(model).read(["1+2=", "123+4=", "99+44="], [3, 27, 143])
    with pytest.raises(ModelError, match=r"2 of 3 prompts .* First: the number 123 of '123\+4=' is no single token"):
        require_read(model, found)
    assert len(require_read(model, found[:1])) == 1


def test_a_tokenizer_with_more_tokens_than_the_model_is_refused() -> None:
    with pytest.raises(ModelError, match="has embeddings for"):
        Reader(reads_with(byte_tokenizer(), spare=-1))
    Reader(reads_with(byte_tokenizer(), spare=7))
