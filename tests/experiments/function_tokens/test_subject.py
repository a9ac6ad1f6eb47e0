from dataclasses import replace

import pytest
import torch

from experiments.function_tokens.settings import Plan
from experiments.function_tokens.subject import Subject, prepare, shown
from experiments.language.dictionaries.reading import kept_out
from interp.errors import ModelError
from interp.models.randomise import random_weights
from interp.records import Run
from tests.architectures import made


def test_no_document_is_on_both_sides(subject: Subject) -> None:
    assert not any(kept_out(name) for name in subject.train.names)
    assert all(kept_out(name) for name in subject.fresh.names)
    for corpus, windows in ((subject.train, subject.windows), (subject.fresh, subject.held_out)):
        window, place = (int(one) for one in windows.kept.nonzero()[-1])
        document = corpus.document(int(windows.documents[window, place]))
        assert document[windows.places[window, place]] == windows.tokens[window, place]


def test_function_tokens_are_the_most_frequent_of_all_training_documents(subject: Subject, plan: Plan) -> None:
    counts = torch.bincount(subject.train.ids.long(), minlength=subject.vocabulary)
    assert torch.equal(subject.statistics.occurrences, counts)
    order = counts.argsort(descending=True, stable=True)
    shares = counts[order].cumsum(0) / counts.sum()
    assert torch.equal(subject.function.ids, order[: int((shares < plan.share).sum()) + 1])


def test_windows_begin_with_the_bos_where_asked(plan: Plan, other_run: Run) -> None:
    subject = prepare(replace(plan, bos=True, held_out=5), other_run)
    assert subject.bos == subject.model.tokenizer.bos_token_id
    assert subject.tokens[:, 0].unique().tolist() == [subject.bos]
    assert not subject.held_out.kept[:, 0].any()
    assert len(subject.held_out) == 5


def test_documents_are_numbered_without_gaps(subject: Subject) -> None:
    found = subject.documents
    assert found.shape == subject.held_out.tokens.shape
    assert found.unique().tolist() == list(range(int(found.max()) + 1))
    assert subject.told()["held_out_documents"] == int(found.max()) + 1


def test_random_streams_depend_on_purpose_and_run(subject: Subject) -> None:
    draws = [subject.rng(purpose).integers(10**9) for purpose in ("a", "b", "a")]
    assert draws[0] == draws[2] != draws[1]
    assert replace(subject, seed=1).rng("a").integers(10**9) != draws[0]
    same = [torch.rand(3, generator=subject.generator("a")) for _ in range(2)]
    assert torch.equal(*same)


def test_another_model_takes_the_place_if_it_reads_the_same_tokens(subject: Subject) -> None:
    other = random_weights(subject.model, 0)
    assert subject.of(other).model is other
    assert subject.of(other).function is subject.function
    with pytest.raises(ModelError, match="same tokens"):
        subject.of(made("gpt2"))


def test_tokens_have_names_that_can_be_seen(subject: Subject) -> None:
    assert shown(" the\n") == "_the\\n"
    assert (shown(None), shown("")) == ("special", "nothing")
    assert len(subject.pieces) == len(subject.word_initial) == subject.vocabulary
    assert any(subject.name(token).startswith("_") for token in subject.word_initial.nonzero()[:, 0].tolist())
