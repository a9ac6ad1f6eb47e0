"""The latents that the paper names: do they bring Chinese, Russia and the UK into answers?

The strength is chosen on questions of our own, and the answers that are reported are to the paper's.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from experiments.function_tokens.steering.counting import Tally, crossed, top_shares
from experiments.function_tokens.steering.questions import CHOOSING, QUESTIONS, SUFFIX, Case, cases
from experiments.function_tokens.steering.searching import Instrument
from experiments.function_tokens.steering.settings import Settings
from experiments.function_tokens.steering.trying import PLAIN
from experiments.function_tokens.subject import Subject
from interp.models.sites import Site
from interp.retrieval.prompts import Prompts
from interp.retrieval.steering import Writer
from interp.retrieval.trait import alike, direction


def named(subject: Subject, instrument: Instrument, settings: Settings) -> dict[str, Any]:
    """Success by case and strength, steered at the last token, beside random latents that fire about as often.

    The strength of a case is the one with most successes on `CHOOSING`, the lowest of equals; the random latents of a
    case have one that is chosen alike. All intervals are of `QUESTIONS`. `mean` is over the latents by themselves, at
    their chosen strengths, with intervals over latents and questions at once.
    """
    rng = subject.rng("named")
    asked = {
        name: [_writer(subject, question, settings) for question in questions]
        for name, questions in {"chosen on": CHOOSING, "reported on": QUESTIONS}.items()
    }
    tried = {case: _tried(subject, asked, instrument, case, settings) for case in cases(settings.numbers)}
    single = [one for case, one in tried.items() if len(case.numbers) == 1]
    return {
        "strengths": list(settings.strengths),
        "questions": {name: len(writers) for name, writers in asked.items()},
        "cases": {case.name: _told(one, settings, rng) for case, one in tried.items()},
        "mean": {
            PLAIN: crossed([one.plain for one in single], rng),
            **{kind: crossed([one.chosen(kind) for one in single], rng) for kind in ("latent", "random")},
        },
    }  # fmt: skip


class _Tried(NamedTuple):
    """What became of the reported questions in one case."""

    plain: Tally
    kinds: dict[str, list[Tally]]
    best: dict[str, int]
    """Which strength was chosen, on other questions, by kind."""

    def chosen(self, kind: str) -> Tally:
        return self.kinds[kind][self.best[kind]]


def _tried(
    subject: Subject, asked: Mapping[str, Sequence[Writer]], instrument: Instrument, case: Case, settings: Settings
) -> _Tried:
    alive = int((instrument.densities > 0).sum()) - 1
    drawn = [
        alike(instrument.densities, one, min(settings.draws, alive), subject.generator(f"{one}"), near=min(32, alive))
        for one in case.numbers
    ]
    kinds, best = {}, {}
    for kind, sums in {"latent": [torch.tensor(case.numbers)], "random": list(torch.stack(drawn, 1))}.items():
        unit = [instrument.norm * direction(instrument.dictionary, latents) for latents in sums]
        rows = {
            name: [
                _counted(subject, writers, case, instrument.site, [strength * vector for vector in unit])
                for strength in settings.strengths
            ]
            for name, writers in asked.items()
        }
        chances = [tally.share for tally in rows["chosen on"]]
        kinds[kind], best[kind] = rows["reported on"], chances.index(max(chances))
    return _Tried(_counted(subject, asked["reported on"], case), kinds, best)


def _counted(
    subject: Subject, writers: Sequence[Writer], case: Case, site: Site | None = None, vectors: Sequence[Tensor] = ()
) -> Tally:
    """The answers with each of some vectors added in turn, or without steering, by question."""
    tally = Tally()
    for question, writer in enumerate(writers):
        for texts in [writer()] if site is None else [writer(site, vector) for vector in vectors]:
            right = scores(subject, texts, case) > 0
            tally.add(right, torch.full((len(right),), question), top_shares(texts))
    return tally


def _told(tried: _Tried, settings: Settings, rng: np.random.Generator) -> dict[str, Any]:
    """What a record keeps of one case: the success of each kind by strength, and the strength that was chosen."""
    return {
        PLAIN: tried.plain.success(rng),
        **{kind: [tally.success(rng) for tally in row] for kind, row in tried.kinds.items()},
        "chosen": {kind: settings.strengths[at] for kind, at in tried.best.items()},
    }


def scores(subject: Subject, texts: Int64[Tensor, "text token"], case: Case) -> Float64[Tensor, " text"]:
    """1 for a text with all patterns of a case, -1 for any other."""
    decoded = [subject.train.codec.decode(text.tolist()) for text in texts]
    has = [all(re.search(pattern, text) for pattern in case.patterns) for text in decoded]
    return torch.tensor([1.0 if one else -1.0 for one in has], dtype=torch.float64)


def _writer(subject: Subject, question: str, settings: Settings) -> Writer:
    tokenizer, text = subject.model.tokenizer, f"{question} {SUFFIX}"
    if tokenizer.chat_template:
        turn = [{"role": "user", "content": text}]
        ids = tokenizer.apply_chat_template(turn, add_generation_prompt=True, return_dict=False)
    else:
        ids = [*([] if subject.bos is None else [subject.bos]), *subject.train.codec.encode([text])[0].tolist()]
    prompts = Prompts.of(torch.tensor([ids]))
    return Writer(subject.model, prompts, settings.written, settings.temperature, subject.seed)


__all__ = ["named", "scores"]
