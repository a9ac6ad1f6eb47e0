"""Train a language model, keep models along the way, and leave it as a Hugging Face folder with its tokenizer."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from experiments import zoo
from experiments.gpt2 import adamw
from experiments.language.checkpoints import folder, log_steps, save
from experiments.language.corpus import Data, prepare, warn_if_changed
from experiments.language.model import build, mean_loss, next_token_losses
from experiments.language.settings import TrainSettings
from experiments.language.windows import Windows
from interp.ngrams import Ngrams
from interp.records import surroundings
from interp.settings import portable, settings_json
from interp.training import Outcome, Plan, train, warmup_cosine

SHIPPED = "docs-small"
"""The model whose text the documentation on this machine is compared with."""
_ORDERS = ("unigram", "bigram", "trigram")


def run(
    settings: TrainSettings, out: Path, device: str = "cpu", *, command: str | None = None, quiet: bool = False
) -> Outcome:
    """Train into `out`, resuming what is there.

    At the end `out/model` holds the model, its tokenizer and its training record, and `out/checkpoints/step-000000`
    and so on the models along the way. `command` is what the record says makes the model again.
    """
    kept = log_steps(settings.steps, settings.checkpoints)
    data = prepare(settings, out / "corpus", quiet=quiet)
    if settings.corpus == "documentation" and settings.documents is None and SHIPPED in zoo.folders():
        warn_if_changed(data.hash, zoo.folders()[SHIPPED])
    model = build(settings.shape, data.train.codec.eos, settings.seed).to(device)
    windows = Windows(
        stream(data), settings.shape.context, settings.batch,
        separator=data.train.codec.eos, bos=settings.bos, seed=settings.seed,
    )  # fmt: skip
    held_out = validation_windows(data, settings)

    def keep(step: int) -> None:
        if step in kept:
            facts = {"step": step, "tokens": step * settings.tokens // settings.steps, "corpus": _corpus(data)}
            save(model, data.tokenizer, folder(out, step), {"command": command, **facts})

    def objective(step: int, generator: torch.Generator) -> Mapping[str, Tensor]:  # noqa: ARG001 - data is the step's
        keep(step)  # before the update: a state that a resumed run comes by again, should this one die here
        tokens = windows(step).to(device)
        return {"loss": next_token_losses(model(tokens[:, :-1], use_cache=False).logits, tokens).mean()}

    outcome = train(
        model,
        adamw(model, settings.rate, settings.weight_decay),
        objective,
        Plan(settings.steps, settings.log_every, settings.checkpoint_every),
        warmup_cosine(settings.rate, settings.steps, settings.warmup),
        out,
        seed=settings.seed,
        identity=json.dumps([_plain(settings), data.hash], sort_keys=True),
        evaluate=lambda step: {"validation_loss": mean_loss(model, held_out)},  # noqa: ARG005
        quiet=quiet,
    )
    keep(settings.steps)
    save(model, data.tokenizer, out / "model", record(model, settings, data, outcome, kept, command))
    return outcome


def stream(data: Data) -> Tensor:
    """The training documents as one row of tokens, the separator between them."""
    return data.train.sequences(1).tokens.flatten()


def validation_windows(data: Data, settings: TrainSettings) -> Tensor:
    """The validation documents, cut into what the model reads and the token that follows."""
    return data.validation.sequences(settings.shape.context + 1).tokens


def baselines(data: Data, settings: TrainSettings) -> dict[str, float]:
    """Losses of n-gram models of the training documents on the tokens that the model's validation loss is taken over.

    They see what the model sees: the same windows, in which the separator is a token, but no context behind it.
    """
    ngrams = Ngrams.count(stream(data)[None], settings.shape.vocabulary, separator=data.train.codec.eos)
    held_out = validation_windows(data, settings)
    return {f"{name}_loss": ngrams.loss(held_out, order) for order, name in enumerate(_ORDERS, 1)}


def record(
    model: nn.Module, settings: TrainSettings, data: Data, outcome: Outcome, kept: list[int], command: str | None
) -> dict[str, Any]:
    """`training.json`: how the model was made, from what, how long it took, how it went."""
    return {
        "command": command,
        "settings": _plain(settings),
        "parameters": sum(p.numel() for p in model.parameters()),
        "tokens": settings.tokens,
        "epochs": round(settings.tokens / len(stream(data)), 2),
        "steps": settings.steps,
        "seconds": round(outcome.seconds),
        "validation_loss": outcome.log[-1]["validation_loss"],
        **baselines(data, settings),
        "corpus": _corpus(data),
        "checkpoints": kept,
        **surroundings(str(next(model.parameters()).device)),
        "log": [row for row in outcome.log if "validation_loss" in row],
    }


def _corpus(data: Data) -> dict[str, Any]:
    sides = {"train": data.train, "validation": data.validation}
    facts = {
        name: {"documents": len(side), "tokens": len(side.ids), "fingerprint": side.fingerprint()}
        for name, side in sides.items()
    }
    return {"source": data.train.source, "hash": data.hash, "tokenizer": data.train.tokenizer, **facts}


def _plain(settings: TrainSettings) -> dict[str, Any]:
    return settings_json(replace(settings, corpus=portable(settings.corpus)))
