from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import torch

import interp
from experiments.bigrams.settings import Plan
from experiments.bigrams.subject import Subject, prepare
from experiments.language.dictionaries.reading import kept_out
from interp.errors import InterpError, ModelError, ShapeError
from interp.models.randomise import random_weights
from interp.records import Run
from interp.text import Corpus, documents
from tests.architectures import made


def test_bigrams_are_counted_on_documents_that_are_not_judged(subject: Subject, plan: Plan) -> None:
    corpus = Corpus.of(documents(plan.corpus), subject.model.tokenizer, "all")
    rows = [corpus.document(number).tolist() for number, name in enumerate(corpus.names) if not kept_out(name)]
    stream = [token for row in rows for token in [*row, subject.separator]]
    assert subject.stream.tolist() == stream
    pairs = Counter(pairwise(stream))
    firsts = Counter(stream[:-1])
    for (before, token), count in list(pairs.items())[:50]:
        found = subject.conditional.log_probs(torch.tensor([before]), torch.tensor([token])).exp().item()
        assert found == pytest.approx(count / firsts[before])


def test_every_token_that_a_search_reads_is_a_context_that_was_seen(subject: Subject) -> None:
    batches = subject.batches(0)
    assert all(bool(subject.known(batches(step)).all()) for step in range(40))


def test_batches_are_windows_of_the_stream_and_a_function_of_seed_and_step(subject: Subject, plan: Plan) -> None:
    batch = subject.batches(3)(5)
    assert batch.shape == (plan.batch, plan.context)
    assert torch.equal(batch, subject.batches(3)(5))
    assert not torch.equal(batch, subject.batches(4)(5))
    text = " " + " ".join(map(str, subject.stream.tolist())) + " "
    assert all(" " + " ".join(map(str, row)) + " " in text for row in batch.tolist())


def test_windows_begin_with_the_bos_where_asked(plan: Plan, other_run: Run) -> None:
    subject = prepare(replace(plan, bos=True), other_run)
    assert subject.bos == subject.model.tokenizer.bos_token_id
    assert subject.batches(0)(0)[:, 0].unique().tolist() == [subject.bos]
    assert subject.tokens[:, 0].unique().tolist() == [subject.bos]


def test_documents_of_predicted_tokens_are_numbered_without_gaps(subject: Subject) -> None:
    found = subject.documents
    assert found.shape == subject.surprisals.shape
    assert found.unique().tolist() == list(range(int(found.max()) + 1))


def test_a_size_is_a_share_of_the_weights_of_attention_and_mlp(subject: Subject) -> None:
    assert subject.total == 2 * 12 * 16**2
    assert subject.size(0.05) == round(0.05 * subject.total)
    assert subject.size(1e-9) == 1
    for share in (0.0, 1.5):
        with pytest.raises(ShapeError, match="share"):
            subject.size(share)


def test_random_streams_depend_on_purpose_and_run(subject: Subject) -> None:
    draws = [subject.rng(purpose).integers(10**9) for purpose in ("a", "b", "a")]
    assert draws[0] == draws[2] != draws[1]
    assert replace(subject, seed=1).rng("a").integers(10**9) != draws[0]
    same = [torch.rand(3, generator=subject.generator("a")) for _ in range(2)]
    assert torch.equal(*same)


def test_another_model_takes_the_place_if_it_reads_the_same_tokens(subject: Subject) -> None:
    other = random_weights(subject.model, 0)
    assert subject.of(other).model is other
    assert subject.of(other).data == subject.data
    with pytest.raises(ModelError, match="same tokens"):
        subject.of(made("gpt2"))


def test_a_model_with_another_tokenizer_of_the_same_size_is_refused(subject: Subject, tmp_path: Path) -> None:
    from interp.text import train_bpe

    other = random_weights(subject.model, 0)
    other._tokenizer = train_bpe(["completely other words stand here"] * 3, subject.model.vocabulary)
    with pytest.raises(ModelError, match="same tokens"):
        subject.of(other)


def test_a_text_too_short_for_a_batch_is_refused_before_any_search(plan: Plan, other_run: Run) -> None:
    with pytest.raises(ShapeError, match="too few for a batch"):
        prepare(replace(plan, batch=100_000), other_run)


def test_a_text_that_cannot_be_divided_is_refused(plan: Plan, other_run: Run) -> None:
    with pytest.raises(InterpError, match="too few to keep some out"):
        prepare(replace(plan, documents=1), other_run)


def test_the_facts_are_told(subject: Subject) -> None:
    told = subject.told()
    assert told["train_tokens"] == len(subject.stream)
    assert told["bigram_entropy"] > 0
    assert told["unseen_pairs"] == int(subject.surprisals.isposinf().sum())
    assert interp.load(subject.plan.model).vocabulary == subject.model.vocabulary
