"""The topic of a text: the scorer that says whether a text has it, and the prompts that have it not.

What counts as success was laid down before anything was steered: the mean log-likelihood ratio of the tokens of a
continuation, between unigram models of the training documents of the topic and of the other topics, lies above the
middle between what held-out texts of equal length of either side have on average. Every other held-out document sets
that threshold; how often the scorer is right is measured on those in between.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Int64
from torch import Tensor

from experiments.function_tokens.settings import Plan
from experiments.function_tokens.steering.settings import Settings
from experiments.function_tokens.subject import Subject
from interp.errors import InterpError
from interp.retrieval.likelihood import Accuracy, LikelihoodRatio
from interp.retrieval.prompts import Prompts, cut
from interp.sequences import Sequences
from interp.text import Corpus


class Topic(NamedTuple):
    """A trait to steer to."""

    name: str
    """The package that it is the topic of."""
    scorer: LikelihoodRatio
    """Above 0 where a text has it."""
    accuracy: Accuracy
    """How often the scorer is right about texts as long as continuations, of documents that did not set its threshold.

    1 - `accuracy.other` is its rate of false positives: what "unsteered" is to be seen against.
    """
    judged: tuple[int, int]
    """How many texts that is, of the topic and of others."""
    prompt: Int64[Tensor, " position"]
    """The trait's prompt: of the prompts of its training documents the one that is most of the topic."""
    searched: Prompts
    """Prompts of the other topics' training documents, for all that is chosen."""
    held_out: Sequences
    """Windows of the other topics' held-out documents, for all that is reported."""


def topic(subject: Subject, name: str, settings: Settings) -> Topic:
    """One of the settings' topics. Prompts end in a function token.

    Raises `InterpError` where a topic or all others have no text on either side, too little for a prompt, or one
    held-out document alone.
    """
    others = [other for other in settings.topics if other != name]
    if not others:
        raise InterpError(f"{name} is the only topic: name another that prompts can be taken from")
    own, rest = (_documents(subject.train, names) for names in ([name], others))
    counted = LikelihoodRatio.of(own.ids, rest.ids, subject.vocabulary)
    everything = torch.ones(subject.vocabulary, dtype=torch.bool)
    (own_sets, own_judges), (other_sets, other_judges) = (
        halves(cut(windows(subject.fresh, names, settings), settings.written, everything)) for names in ([name], others)
    )
    scorer = counted.halfway(own_sets, other_sets)
    ends = subject.function.mask
    candidates, searched = (
        cut(windows(subject.train, names, settings), settings.prompt, ends, bos=subject.bos)
        for names in ([name], others)
    )
    prompt = candidates.tokens[int(scorer.ratios(candidates.tokens).argmax())]
    held_out = windows(subject.fresh, others, settings)
    accuracy, judged = scorer.accuracy(own_judges, other_judges), (len(own_judges), len(other_judges))
    return Topic(name, scorer, accuracy, judged, prompt, searched.some(settings.searched), held_out)


def halves(texts: Prompts) -> tuple[Int64[Tensor, "first token"], Int64[Tensor, "second token"]]:
    """The texts of every other document, and those of the documents in between: none has texts on both sides.

    Raises `InterpError` for the texts of one document.
    """
    numbers = torch.unique(texts.documents, return_inverse=True)[1]
    if not (numbers > 0).any():
        raise InterpError("a scorer needs texts of two held-out documents: one to set its threshold, one to judge it")
    return texts.tokens[numbers % 2 == 0], texts.tokens[numbers % 2 == 1]


def windows(corpus: Corpus, names: Sequence[str], plan: Plan) -> Sequences:
    """Windows of the documents of some topics; their numbers are those of the whole corpus."""
    numbers = torch.tensor(_numbers(corpus, names))
    found = corpus.part(numbers).sequences(plan.context)
    return Sequences(found.tokens, numbers[found.documents.long()], found.places, found.kept, found.source)


def _documents(corpus: Corpus, names: Sequence[str]) -> Corpus:
    return corpus.part(torch.tensor(_numbers(corpus, names)))


def _numbers(corpus: Corpus, names: Sequence[str]) -> list[int]:
    """Documents called by a topic's name or by a name below it: "torch", "torch.nn"."""
    found = [number for number, name in enumerate(corpus.names) if name.partition(".")[0] in names]
    if not found:
        raise InterpError(f"no document of {corpus.source} is called {' or '.join(names)} or begins so: see --topics")
    return found


__all__ = ["Topic", "halves", "topic", "windows"]
