"""Train an Othello model on random games that are never seen twice, and leave it as a Hugging Face folder."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from jaxtyping import Int
from torch import Tensor, nn

from experiments.gpt2 import adamw
from experiments.othello.games import random_games, stream
from experiments.othello.model import Shape, build, mean_loss, next_move_losses, top1_legal
from experiments.othello.rules import Rules
from experiments.othello.sample import Sample, held_out
from experiments.othello.tokens import encode
from interp.files import write_json
from interp.records import surroundings
from interp.training import Outcome, Plan, train, warmup_cosine

_BLOCK = 4096
"""Games made at a time: a multiple of every batch size that is allowed."""


@dataclass(frozen=True)
class TrainSettings:
    """What makes one Othello model; its JSON is the identity of the run."""

    shape: Shape = field(default_factory=Shape)
    """The size of the model and of the board."""
    games: int = 1_024_000
    """Random games to train on, each seen once."""
    batch: int = 128
    """Games per step; a divisor of 4096."""
    rate: float = 2e-3
    """Peak learning rate of AdamW, reached after `warmup` steps, then a half cosine down to zero."""
    warmup: int = 200
    """Steps of linear warm-up."""
    weight_decay: float = 0.01
    """AdamW's decay of matrices; biases and norms are left alone."""
    held_out: int = 512
    """Games that legality and loss are measured on at every checkpoint."""
    log_every: int = 50
    """Steps that a log row averages over."""
    checkpoint_every: int = 250
    """Steps between checkpoints."""
    seed: int = 0
    """Seed of the weights and of the games."""

    def __post_init__(self) -> None:
        if _BLOCK % self.batch:
            raise ValueError(f"batch must divide {_BLOCK}, and {self.batch} does not")

    @property
    def steps(self) -> int:
        """Optimiser steps."""
        return math.ceil(self.games / self.batch)


def run(
    settings: TrainSettings, out: Path, device: str = "cpu", *, command: str | None = None, quiet: bool = False
) -> Outcome:
    """Train into `out`, resuming what is there; at the end `out/model` holds the model and its training record.

    `command` is what the record says makes the model again.
    """
    model = build(settings.shape, settings.seed).to(device)
    sample = held_out(Rules(settings.shape.size), settings.held_out, settings.seed)
    batches = Batches(settings)

    def objective(step: int, generator: torch.Generator) -> Mapping[str, Tensor]:  # noqa: ARG001 - data is the step's
        tokens = batches(step).to(device)
        return {"loss": mean_loss(model(tokens[:, :-1], use_cache=False).logits, tokens)}

    outcome = train(
        model,
        adamw(model, settings.rate, settings.weight_decay),
        objective,
        Plan(settings.steps, settings.log_every, settings.checkpoint_every),
        warmup_cosine(settings.rate, settings.steps, settings.warmup),
        out,
        seed=settings.seed,
        identity=json.dumps(asdict(settings), sort_keys=True),
        evaluate=lambda step: evaluate(model, sample),  # noqa: ARG005
        quiet=quiet,
    )
    export(model, settings, outcome, out / "model", command)
    return outcome


class Batches:
    """The games of each step: a pure function of seed and step, made a block at a time."""

    def __init__(self, settings: TrainSettings):
        self._rules, self._batch, self._seed = Rules(settings.shape.size), settings.batch, settings.seed
        self._number, self._block = -1, torch.empty(0, 0, dtype=torch.long)

    def __call__(self, step: int) -> Int[Tensor, "game ply"]:
        """The token ids of the step's games."""
        number, begin = divmod(step * self._batch, _BLOCK)
        if number != self._number:
            moves = random_games(self._rules, _BLOCK, stream(self._seed, "train", number)).moves
            self._number, self._block = number, torch.from_numpy(encode(self._rules, moves))
        return self._block[begin : begin + self._batch]


@torch.no_grad()
def evaluate(model: nn.Module, sample: Sample, batch: int = 128) -> dict[str, float]:
    """Share of legal top-1 moves and loss in nats on the sample, with the loss of a player who knows the rules.

    That floor is the mean of ln(number of legal moves): random games hold no more information than that. Dropout is
    off; the loop puts the training mode back.
    """
    model.eval()
    device = next(model.parameters()).device
    legal_moves, losses = 0.0, 0.0
    for begin in range(0, len(sample.tokens), batch):
        tokens = sample.tokens[begin : begin + batch].to(device)
        logits = model(tokens[:, :-1], use_cache=False).logits
        legal_moves += top1_legal(logits, sample.legal[begin : begin + batch, :-1].to(device)).sum().item()
        losses += next_move_losses(logits, tokens).sum().item()
    options = sample.legal[:, :-1].sum(-1)
    moves = int((options > 0).sum())
    floor = options[options > 0].double().log().mean().item()
    return {"legal": legal_moves / moves, "held_out_loss": losses / moves, "floor": floor}


def export(model: nn.Module, settings: TrainSettings, outcome: Outcome, folder: Path, command: str | None) -> None:
    """Save the model as a Hugging Face folder, with `training.json`: how it was made, how long it took, how it went."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    model.save_pretrained(folder)  # type: ignore[operator]
    last = outcome.log[-1]
    record = {
        "command": command,
        "settings": asdict(settings),
        "parameters": sum(p.numel() for p in model.parameters()),
        "games": settings.steps * settings.batch,
        "steps": settings.steps,
        "seconds": round(outcome.seconds),
        "legal": last["legal"],
        "held_out_loss": last["held_out_loss"],
        "floor": last["floor"],
        **surroundings(str(next(model.parameters()).device)),
        "log": [row for row in outcome.log if "legal" in row],
    }
    write_json(folder / "training.json", record)
