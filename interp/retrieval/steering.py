"""Steering: a direction is added to the residual stream at one position of each prompt, and the model writes on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64, Int64, Integer
from torch import Tensor

from interp.activations.capture import capture
from interp.activations.edits import Edit, edited
from interp.errors import ShapeError
from interp.generation import next_tokens
from interp.models.model import Model
from interp.models.sites import Site, site
from interp.retrieval.prompts import Prompts
from interp.sequences import Sequences

Scorer = Callable[[Integer[Tensor, "text token"]], Float64[Tensor, " text"]]
"""How much of a trait is in each text, by its tokens: above 0 it has the trait, and steering succeeded."""


def steer(where: Site | str, vector: Float[Tensor, "*rows width"], at: Integer[Tensor, " prompt"]) -> Edit:
    """Add `vector` (one for all prompts, or one for each) to prompt i at position `at[i]` alone, however long it gets.

    The edit is for passes over these prompts: each must have a row for every prompt and reach the positions, or
    `ShapeError` is raised. A pass over a single token, by which a model is looked at, is left alone.
    """
    place = site(where) if isinstance(where, str) else where
    if vector.ndim not in (1, 2) or (vector.ndim == 2 and len(vector) != len(at)):
        raise ShapeError(f"need a vector, or one for each of {len(at)} prompts, not {list(vector.shape)}")
    if not len(at) or (at < 0).any() or not vector.isfinite().all():
        raise ShapeError("need prompts, positions from 0 on and finite vectors to steer with")
    last = int(at.max())

    def change(part: Tensor) -> Tensor:
        if part.shape[:2] == (1, 1) and (len(at), last) != (1, 0):
            return part
        if part.shape[0] != len(at) or part.shape[1] <= last:
            raise ShapeError(
                f"steering of {len(at)} prompts at positions up to {last} does not fit a pass over {part.shape[0]} "
                f"sequences of {part.shape[1]} tokens"
            )
        rows = torch.arange(len(at), device=part.device)
        new = part.clone()
        new[rows, at.to(part.device)] += vector.to(part)
        return new

    return Edit(place, change)


@dataclass(frozen=True, eq=False)
class Writer:
    """How a model goes on with some prompts, steered or not: the same chances are drawn every time."""

    model: Model
    """What writes."""
    prompts: Prompts
    """What it goes on with."""
    count: int = 16
    """Tokens of a continuation."""
    temperature: float = 0.7
    """Of sampling; 0 takes the likeliest token."""
    seed: int = 0
    """Of the draws."""

    def __post_init__(self) -> None:
        """Raises `ShapeError` where prompts and continuations are longer than the model's context, or cannot be."""
        if self.count < 1 or not 0 <= self.temperature < float("inf"):
            raise ShapeError(f"cannot write {self.count} tokens at temperature {self.temperature}")
        length = self.prompts.tokens.shape[1] + self.count
        if length > self.model.context:
            raise ShapeError(
                f"prompts and continuations take {length} tokens, and {self.model.name} reads {self.model.context}: a "
                "steered token would be forgotten"
            )

    @torch.no_grad()
    def __call__(
        self, where: Site | str | None = None, vector: Float[Tensor, "*rows width"] | None = None
    ) -> Int64[Tensor, "prompt written"]:
        """The continuations, with `vector` added at the site `where` and the prompts' own positions, or as they are.

        They are those of `interp.generation.generate` under `steer`. But since only tokens of the prompt are steered,
        each token is read once: keys and values of those before it are kept.
        """
        edits = [] if where is None or vector is None else [steer(where, vector, self.prompts.at)]
        generator, hf = torch.Generator().manual_seed(self.seed), self.model.hf
        with edited(self.model, *edits):
            read = hf(input_ids=self.model.checked(self.prompts.tokens), use_cache=True, return_dict=True)
        written = [next_tokens(read.logits[:, -1].float(), self.temperature, generator)]
        while len(written) < self.count:
            new = written[-1].to(self.model.device)
            read = hf(input_ids=new, past_key_values=read.past_key_values, use_cache=True, return_dict=True)
            written.append(next_tokens(read.logits[:, -1].float(), self.temperature, generator))
        return torch.cat(written, 1)


def mean_norms(
    model: Model, sequences: Sequences, sites: Iterable[Site | str], *, batch: int = 32, skip_first: bool = True
) -> dict[Site, float]:
    """The mean length of the activations at each site over the positions that are kept: the unit of strength.

    The first position is left out unless `skip_first` is false: its activation is many times as long in most models.
    Raises `ShapeError` when no position is left.
    """
    wanted, kept = model.find(list(sites)), sequences.kept.clone()
    kept[:, 0] &= not skip_first
    total, count = dict.fromkeys(wanted, 0.0), int(kept.sum())
    if not count:
        raise ShapeError(f"no position of {sequences.source} is left to take norms at")
    for begin in range(0, len(sequences), batch):
        some = kept[begin : begin + batch]
        found = capture(model, sequences.tokens[begin : begin + batch], wanted)
        for one in wanted:
            total[one] += float(found[one].float().norm(dim=-1).cpu()[some].double().sum())
    return {one: value / count for one, value in total.items()}


__all__ = ["Scorer", "Writer", "mean_norms", "steer"]
