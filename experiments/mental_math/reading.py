"""What a tokenizer makes of prompts of arithmetic, and why some cannot be used: one number must be one token."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from interp.errors import ModelError
from interp.models.model import Model
from interp.text.bpe import require_fit


class Reading(NamedTuple):
    """One prompt and its answer as token ids."""

    tokens: tuple[int, ...]
    """The prompt, with the beginning token once where the tokenizer has one."""
    answer: int
    """The token that follows it when the answer is written behind."""


class Refusal(NamedTuple):
    """Why one prompt cannot be used."""

    kind: str
    """"prompt", "number" or "answer": what is at fault."""
    reason: str
    """The sentence for the user."""


class Reader:
    """The tokenizer of a model. The beginning token is put by hand, so that it is there once whatever it adds."""

    def __init__(self, model: Model):
        """Raises `ModelError` when the model has no tokenizer, or one with more tokens than the model."""
        self.name, self.tokenizer = model.name, model.tokenizer
        require_fit(self.tokenizer, model)
        self.bos: int | None = self.tokenizer.bos_token_id
        """The beginning token, or None where the tokenizer has none."""
        self._pieces: dict[int, str] = {}

    def read(self, texts: Sequence[str], answers: Sequence[int]) -> list[Reading | Refusal]:
        """Each prompt with its answer, or the reason why not; a beginning token that a text spells out is taken off."""
        texts = [text.removeprefix(self.tokenizer.bos_token or "") for text in texts]
        prompts = self._ids(texts)
        whole = self._ids([f"{text}{answer}" for text, answer in zip(texts, answers, strict=True)])
        return [self._one(*each) for each in zip(texts, answers, prompts, whole, strict=True)]

    def piece(self, token: int) -> str:
        """The text of one token without the space around it."""
        if token not in self._pieces:
            self._pieces[token] = str(self.tokenizer.decode([token])).strip()
        return self._pieces[token]

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids without the beginning token, which some tokenizers add even when they are told not to."""
        found: list[list[int]] = self.tokenizer(list(texts), add_special_tokens=False)["input_ids"]
        return [ids[1:] if ids and ids[0] == self.bos else ids for ids in found]

    def _one(self, text: str, answer: int, prompt: list[int], whole: list[int]) -> Reading | Refusal:
        refusal = self._bad_prompt(text, prompt) or self._bad_answer(text, answer, prompt, whole)
        return refusal or Reading((*(() if self.bos is None else (self.bos,)), *prompt), whole[-1])

    def _bad_prompt(self, text: str, prompt: list[int]) -> Refusal | None:
        if self.bos in prompt:
            reason = f"{text!r} holds the beginning token {self.piece(prompt[prompt.index(self.bos)])!r} itself"
            return Refusal("prompt", f"{reason}: leave it out, it is put before every prompt.")
        pieces = [self.piece(token) for token in prompt]
        if (number := _split_number(text, pieces)) is not None:
            return Refusal("number", f"the number {number[0]} of {text!r} is no single token: {_quoted(number[1])}.")
        if _bare(self.tokenizer.decode(prompt)) != _bare(text):
            read = str(self.tokenizer.decode(prompt))
            return Refusal("prompt", f"{text!r} is read as {read!r}: something of it is not in the vocabulary.")
        return None

    def _bad_answer(self, text: str, answer: int, prompt: list[int], whole: list[int]) -> Refusal | None:
        if whole[: len(prompt)] != prompt:
            last, joined = (_quoted(map(self._raw, ids[-2:])) for ids in (prompt, whole))
            return Refusal(
                "answer",
                f"{text!r} ends in the tokens {last}, but followed by its answer {answer} it ends in {joined}: "
                "the tokenizer joins prompt and answer, so that no token is the answer alone.",
            )
        rest = [self.piece(token) for token in whole[len(prompt) :]]
        if len(rest) > 1:
            return Refusal("answer", f"the answer {answer} of {text!r} is {len(rest)} tokens: {_quoted(rest)}.")
        if rest != [str(answer)]:
            return Refusal("answer", f"the answer {answer} of {text!r} is not in the vocabulary.")
        return None

    def _raw(self, token: int) -> str:
        return str(self.tokenizer.decode([token]))


def require_read(model: Model, found: Iterable[Reading | Refusal]) -> list[Reading]:
    """The readings; raises `ModelError` with the first reason and how many prompts are refused for one like it."""
    readings: list[Reading] = []
    refused: list[Refusal] = []
    for each in found:
        if isinstance(each, Refusal):
            refused.append(each)
        else:
            readings.append(each)
    if refused:
        total = len(refused) + len(readings)
        raise ModelError(
            f"{len(refused)} of {total} prompts cannot be used with the tokenizer of {model.name}, which must read "
            f"every number and every answer as one token. First: {refused[0].reason}"
        )
    return readings


def _split_number(text: str, pieces: Sequence[str]) -> tuple[str, list[str]] | None:
    """The first number of the text that is not a token by itself, with the tokens that it is in."""
    left = [piece for piece in pieces if any(map(str.isdigit, piece))]
    for number in re.findall(r"\d+", text):
        taken: list[str] = []
        while left and len("".join(taken)) < len(number):
            taken.append(left.pop(0))
        if taken != [number]:
            return number, taken
    return None


def _bare(text: Any) -> str:
    return "".join(str(text).split()).casefold()


def _quoted(pieces: Iterable[str]) -> str:
    return ", ".join(map(repr, pieces)) or "none of the vocabulary"


__all__ = ["Reader", "Reading", "Refusal", "require_read"]
