"""The latents that the paper names: do they bring Chinese, Russia and the UK into answers?

The questions are worded here: of the paper's own we know the topics. What counts as success was laid down before any
answer was seen, from the words of the answers that the paper prints.
"""

import re
from collections.abc import Sequence
from itertools import combinations
from typing import Any, NamedTuple

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from experiments.function_tokens.steering.searching import Instrument
from experiments.function_tokens.steering.settings import Settings
from experiments.function_tokens.steering.trying import Tally
from experiments.function_tokens.subject import Subject
from interp.errors import InterpError
from interp.retrieval.prompts import Prompts
from interp.retrieval.steering import Writer
from interp.retrieval.trait import alike, direction

QUESTIONS = (
    "In which country is Mount Fuji?", "Name a famous university.", "Name a tourist attraction.",
    "Suggest a name for a baby girl.", "Suggest something to drink.", "Suggest a dish for dinner.",
)  # fmt: skip
SUFFIX = "Directly answer the question"
"""What the paper puts after every question."""
PATTERNS = {
    "Speak Chinese": "[\u4e00-\u9fff]",
    "Russia": "Russia|Moscow|Petersburg|Catherine|Alexandrinsky|Kremlin|Anastasia|[Vv]odka|[Bb]orscht"
    "|\u4fc4\u7f57\u65af|\u83ab\u65af\u79d1",
    "UK": "UK|United Kingdom|Brit|Engl|Scot|London|Oxford|Cambridge|Amelia|Shepherd"
    "|\u82f1\u56fd|\u4f26\u6566|\u725b\u6d25",
}
"""Answers that have each trait, in Latin letters or in Chinese."""


class Case(NamedTuple):
    """Some of the named latents together."""

    name: str
    numbers: tuple[int, ...]
    patterns: tuple[str, ...]


def cases(numbers: Sequence[int]) -> list[Case]:
    """Each latent alone, and Chinese with each country. Raises `InterpError` for another number of latents."""
    if len(numbers) != len(PATTERNS):
        raise InterpError(f"the paper names {len(PATTERNS)} latents ({', '.join(PATTERNS)}): give none or as many")
    single = [Case(name, (number,), (PATTERNS[name],)) for name, number in zip(PATTERNS, numbers, strict=True)]
    pairs = [pair for pair in combinations(single, 2) if pair[0] is single[0]]
    return single + [Case(f"{a.name} and {b.name}", a.numbers + b.numbers, a.patterns + b.patterns) for a, b in pairs]


def named(subject: Subject, instrument: Instrument, settings: Settings) -> dict[str, Any]:
    """Success by case and strength, steered at the last token, beside random latents that fire about as often."""
    rng, told = subject.rng("named"), {}
    writers = [_writer(subject, question, settings) for question in QUESTIONS]
    alive = int((instrument.densities > 0).sum()) - 1
    for case in cases(settings.numbers):
        drawn = [
            alike(
                instrument.densities, one, min(settings.draws, alive), subject.generator(f"{one}"), near=min(32, alive)
            )
            for one in case.numbers
        ]
        sums = {"latent": [torch.tensor(case.numbers)], "random": list(torch.stack(drawn, 1))}
        told[case.name] = {
            kind: [
                _rate(subject, writers, instrument, case, latents, strength).rate(rng)
                for strength in settings.strengths
            ]
            for kind, latents in sums.items()
        }
    return {"strengths": list(settings.strengths), "cases": told}


def _rate(
    subject: Subject, writers: Sequence[Writer], instrument: Instrument, case: Case, latents: Sequence[Tensor],
    strength: float,
) -> Tally:  # fmt: skip
    tally = Tally()
    for question, writer in enumerate(writers):
        for those in latents:
            texts = writer(instrument.site, strength * instrument.norm * direction(instrument.dictionary, those))
            right = scores(subject, texts, case) > 0
            tally.add(right, torch.full((len(right),), question))
    return tally


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


__all__ = ["PATTERNS", "QUESTIONS", "SUFFIX", "Case", "cases", "named", "scores"]
