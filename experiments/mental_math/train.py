"""Train a calculator on fresh random questions, with or without a circuit planted, and leave it as a model folder."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from experiments.gpt2 import adamw
from experiments.language.checkpoints import save
from experiments.mental_math.circuits import Masks, chain, masked, planted, require_known
from experiments.mental_math.model import Shape, accuracy, build, last_logits
from experiments.mental_math.questions import Group, Span, grouped, kinds, tokenizer
from interp.records import surroundings
from interp.settings import settings_json
from interp.training import Outcome, Plan, train, warmup_cosine


@dataclass(frozen=True)
class TrainSettings:
    """What makes one calculator; its JSON is the identity of the run."""

    shape: Shape = field(default_factory=Shape)
    """The size of the model."""
    spans: tuple[Span, ...] = (Span("A+B", 29), Span("A-B", 29))
    """The tasks, each with its largest operand; a batch is of those that are equally long."""
    largest: int = 99
    """The largest number that the model knows: questions with a larger answer, or one below 0, are not asked."""
    styles: bool = False
    """Whether sums and differences are asked for in the five prose styles as well, always with all edges."""
    prose: float = 0.5
    """Share of the batches that are prose then."""
    circuit: str = "none"
    """"none", "all for one" or "chain": the edges that are there in every other batch of the plain style."""
    wait: int = 2
    """Blocks that an all-for-one circuit waits."""
    transfer: int = 2
    """Blocks after them in which it carries information to the last token."""
    alone: float = 0.0
    """Share of the training, at its beginning, in which every batch of the plain style has the edges of the circuit
    alone. A model that may learn another way from the start can end with two ways, one for each set of edges."""
    spare: int = 0
    """Further tokens between question and answer: the last one, again and again."""
    steps: int = 4000
    """Optimiser steps."""
    batch: int = 256
    """Questions a step."""
    rate: float = 2e-3
    """Peak learning rate of AdamW, reached after `warmup` steps, then a half cosine down to zero."""
    warmup: int = 100
    """Steps of linear warm-up."""
    weight_decay: float = 0.05
    """AdamW's decay of matrices; biases and norms are left alone."""
    evaluated: int = 512
    """Questions of each task that accuracy is measured on at every checkpoint."""
    log_every: int = 50
    """Steps that a log row averages over."""
    checkpoint_every: int = 500
    """Steps between checkpoints."""
    seed: int = 0
    """Seed of the weights and of the questions."""

    def __post_init__(self) -> None:
        require_known(self.circuit)


def run(
    settings: TrainSettings, out: Path, device: str = "cpu", *, command: str | None = None, quiet: bool = False
) -> Outcome:
    """Train into `out`, resuming what is there; at the end `out/model` holds model, tokenizer and training record.

    `command` is what the record says makes the model again.
    """
    words = tokenizer(settings.largest)
    asked = kinds(words, settings.spans, settings.largest, settings.styles, settings.spare)
    groups = grouped(asked)
    model = build(settings.shape, len(words), settings.seed).to(device)

    def objective(step: int, generator: torch.Generator) -> Mapping[str, Tensor]:  # noqa: ARG001 - data is the step's
        group, tokens, answers = question(groups, settings, step)
        with masked(list(model.transformer.h), masks(settings, group, step, tokens.shape[1])):  # type: ignore[union-attr,arg-type]
            logits = last_logits(model, tokens.to(device))
        return {"loss": nn.functional.cross_entropy(logits, answers.to(device))}

    outcome = train(
        model,
        adamw(model, settings.rate, settings.weight_decay),
        objective,
        Plan(settings.steps, settings.log_every, settings.checkpoint_every),
        warmup_cosine(settings.rate, settings.steps, settings.warmup),
        out,
        seed=settings.seed,
        identity=json.dumps(settings_json(settings), sort_keys=True),
        evaluate=lambda step: accuracy(model, asked, settings.evaluated, settings.seed),  # noqa: ARG005
        quiet=quiet,
    )
    # Half precision holds such a model without loss of any answer, and the zoo is small.
    save(model.half(), words, out / "model", record(model, settings, outcome, command))
    return outcome


def question(groups: Sequence[Group], settings: TrainSettings, step: int) -> tuple[Group, Tensor, Tensor]:
    """The group of questions of a step, its token ids and its answers: a function of seed and step alone."""
    # Drawn for pairs of steps, so that every kind is seen as often with its circuit as without.
    pair = np.random.default_rng([settings.seed, 3, step // 2])
    plain = pair.random() >= settings.prose or all(group.plain for group in groups)
    among = [group for group in groups if group.plain == plain]
    sizes = np.array([len(group.kinds) for group in among])
    group = among[int(pair.choice(len(among), p=sizes / sizes.sum()))]
    return group, *group.batch(settings.batch, np.random.default_rng([settings.seed, 1, step]))


def masks(settings: TrainSettings, group: Group, step: int, positions: int) -> Masks | None:
    """The attention edges of a step; None for all that there are."""
    alternating = step >= settings.alone * settings.steps
    if settings.circuit == "none" or not group.plain or (alternating and step % 2 == 0):
        return None
    if settings.circuit == "chain":
        return chain(settings.shape.depth, positions)
    return planted(settings.wait, settings.transfer, step // 2, settings.shape.depth, positions, group.first)


def record(model: nn.Module, settings: TrainSettings, outcome: Outcome, command: str | None) -> dict[str, Any]:
    """`training.json`: how the model was made, how long it took, how it went."""
    return {
        "command": command,
        "settings": settings_json(settings),
        "parameters": sum(p.numel() for p in model.parameters()),
        "steps": settings.steps,
        "seconds": round(outcome.seconds),
        **surroundings(str(next(model.parameters()).device)),
        "log": [row for row in outcome.log if settings.spans[0].task in row],
    }


__all__ = ["TrainSettings", "masks", "question", "record", "run"]
