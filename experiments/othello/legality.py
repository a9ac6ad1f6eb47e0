"""Does the model play by the rules? Legal moves and loss by ply, and by depth through the logit lens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from experiments.estimates import Estimate, timed
from experiments.othello.criteria import above, near
from experiments.othello.model import next_move_losses, top1_legal
from experiments.othello.rules import Rules
from experiments.othello.sample import Sample, held_out
from experiments.othello.subject import HUB, subject, subject_or_stand_in
from experiments.registry import Experiment
from interp import plots
from interp.findings import Finding
from interp.lens import logit_lens
from interp.models.fingerprint import fingerprint
from interp.models.model import Model
from interp.models.randomise import random_weights
from interp.records import Run
from interp.report import Panel
from interp.stats import Interval, bootstrap

_PATH = "othello/legality"


@dataclass(frozen=True)
class Settings:
    """What is looked at."""

    model: str = "othello-small"
    """A zoo name, a Hugging Face folder or a hub id."""
    games: int = 2000
    """Held-out random games."""
    batch: int = 64
    """Games at a time."""


@dataclass(frozen=True)
class Scores:
    """What a model did with some games, per depth, game and ply (the moves after plies 1 to n - 1)."""

    hits: Float[np.ndarray, "depth game ply"]
    """1 where the most likely next token is legal."""
    losses: Float[np.ndarray, "depth game ply"]
    """Cross-entropy of the next move, in nats."""
    counted: Bool[np.ndarray, "game ply"]
    """Where there is a next move."""

    def rate(self, of: Float[np.ndarray, "game ply"], rng: np.random.Generator) -> Interval:
        """Mean over the moves that were made, with an interval from resampling whole games."""
        return bootstrap((of * self.counted).sum(1), self.counted.sum(1), rng)

    def by_ply(self, of: Float[np.ndarray, "game ply"], rng: np.random.Generator) -> list[Interval | None]:
        """`rate` at each ply; None where no game goes on."""
        columns = zip(of.T, self.counted.T, strict=True)
        return [bootstrap(row * here, here * 1.0, rng) if here.any() else None for row, here in columns]


def score(model: Model, sample: Sample, batch: int) -> Scores:
    """Read the games with the logit lens at every depth; the last depth is the model itself."""
    hits, losses = [], []
    for begin in range(0, len(sample.tokens), batch):
        tokens = sample.tokens[begin : begin + batch].to(model.device)
        legal = sample.legal[begin : begin + batch, :-1].to(model.device)
        rows = logit_lens(model, tokens[:, :-1]).float()
        hits.append(torch.stack([top1_legal(row, legal) for row in rows]).float().cpu())
        losses.append(torch.stack([next_move_losses(row, tokens) for row in rows]).cpu())
    counted = sample.legal[:, :-1].any(-1).numpy()
    return Scores(torch.cat(hits, 1).double().numpy(), torch.cat(losses, 1).double().numpy(), counted)


class Baselines:
    """What the rules alone give: guessers that know no rule, and a player who knows them all."""

    def __init__(self, sample: Sample, rules: Rules):
        options: Float[Tensor, "game ply"] = sample.legal[:, :-1].sum(-1).double()
        left = rules.plies - torch.arange(1, rules.plies, dtype=torch.float64)
        self.empty: Float[np.ndarray, "game ply"] = (options / left).numpy()
        """Chance that a uniformly random empty square is legal."""
        self.token: Float[np.ndarray, "game ply"] = (options / rules.plies).numpy()
        """Chance that a uniformly random move token is legal."""
        self.floor: Float[np.ndarray, "game ply"] = options.clamp(min=1).log().numpy()
        """The least possible loss on random games: ln(number of legal moves), in nats."""


def run(settings: Settings, this: Run) -> Mapping[str, Any]:
    """Score the model and its random-weight control on the same held-out games."""
    model, rules = subject(settings.model, this.device, this.dtype)
    sample = held_out(rules, settings.games, this.seed)
    this.note(model_hash=fingerprint(model), games=settings.games, board=rules.size)
    this.say(f"{settings.games} held-out games, {model}")
    trained = score(model, sample, settings.batch)
    this.say("the same architecture with random weights")
    random = score(random_weights(model, this.seed), sample, settings.batch)
    return _metrics(trained, random, Baselines(sample, rules), np.random.default_rng(this.seed))


def _metrics(trained: Scores, random: Scores, base: Baselines, rng: np.random.Generator) -> dict[str, Any]:
    models = {"trained": trained, "random": random}
    depths = range(len(trained.hits))
    legal = {name: [scores.rate(scores.hits[depth], rng) for depth in depths] for name, scores in models.items()}
    loss = {name: [scores.rate(scores.losses[depth], rng) for depth in depths] for name, scores in models.items()}
    floor = trained.rate(base.floor, rng)
    excess = {name: scores.rate(scores.losses[-1] - base.floor, rng) for name, scores in models.items()}
    guessers = {"random empty square": base.empty, "random move token": base.token}
    return {
        "by_depth": {"legal": legal, "loss": loss},
        "by_ply": {
            "legal": trained.by_ply(trained.hits[-1], rng),
            "loss": trained.by_ply(trained.losses[-1], rng),
            "floor": trained.by_ply(base.floor, rng),
            **{name: trained.by_ply(guess, rng) for name, guess in guessers.items()},
        },
        "floor": floor,
        "guessers": {name: trained.rate(guess, rng) for name, guess in guessers.items()},
        "findings": {
            "othello-1": {"value": legal["trained"][-1], "control": legal["random"][-1]},
            "othello-1-loss": {
                "value": excess["trained"],
                "control": excess["random"],
                "extra": {"loss": loss["trained"][-1].value, "floor": floor.value},
            },
        },
    }


def panels(metrics: Mapping[str, Any]) -> Sequence[Panel]:
    """Legal moves and loss, by ply and by depth."""
    ply, depth = metrics["by_ply"], metrics["by_depth"]
    plies = np.arange(1, len(ply["legal"]) + 1)
    depths = np.arange(len(depth["legal"]["trained"]))
    guessers = {name: plots.curve(ply[name]) for name in metrics["guessers"]}
    by_ply = plots.by_ply(
        plies, {"model": plots.curve(ply["legal"])}, controls=guessers, percent=True,
        ylabel="legal top-1 moves", title="Legal moves by ply",
    )  # fmt: skip
    loss = plots.by_ply(
        plies, {"model": plots.curve(ply["loss"])}, controls={"floor: ln(legal moves)": plots.curve(ply["floor"])},
        ylabel="loss of the next move (nats)", title="Loss by ply",
    )  # fmt: skip
    constants = {name: value[0] for name, value in metrics["guessers"].items()}
    lens = plots.by_depth(
        depths, {"model": plots.curve(depth["legal"]["trained"])}, percent=True,
        controls={"random weights": plots.curve(depth["legal"]["random"]), **constants},
        ylabel="legal top-1 moves", title="Legal moves by depth, through the logit lens",
    )  # fmt: skip
    lens_loss = plots.by_depth(
        depths, {"model": plots.curve(depth["loss"]["trained"])},
        controls={"random weights": plots.curve(depth["loss"]["random"]), "floor": metrics["floor"][0]},
        ylabel="loss of the next move (nats)", title="Loss by depth, through the logit lens",
    )  # fmt: skip
    return (
        Panel("legal_by_ply", by_ply.figure, "Share of positions whose most likely next token is a legal move. "
              "The controls are guessers that know no rule; late in a game few squares are left and most are legal."),
        Panel("loss_by_ply", loss.figure, "Loss of the model beside the least that any player can have on random "
              "games, who knows which moves are legal and nothing more, because nothing more is to be known."),
        Panel("legal_by_depth", lens.figure, "What the model would play if it stopped after each block: final norm "
              "and unembedding applied to the residual stream. The last depth is the model itself."),
        Panel("loss_by_depth", lens_loss.figure, "The loss of those early answers. Early depths can be worse than "
              "random weights: they are not written to be read by the unembedding yet."),
    )  # fmt: skip


FINDINGS = (
    Finding(
        id="othello-1",
        claim="The model learns the rules: its most likely next move is legal",
        source="Li et al. 2023 (arXiv 2210.13382), section 2.3",
        paper_value=0.9999,
        scale="S",
        measured_by=_PATH,
        control="the same architecture with random weights",
        criterion=above(reproduced=0.98, direction=0.90),
        unit="%",
    ),
    Finding(
        id="othello-1-loss",
        claim="Its loss comes within 0.05 nats of the floor that the rules set (mean of ln legal moves)",
        source="Karvonen et al. 2024 (arXiv 2408.00113), published results: 2.054 against a floor of 2.012",
        paper_value=0.042,
        scale="S",
        measured_by=_PATH,
        control="the same architecture with random weights",
        criterion=near(reproduced=0.05, direction=0.25),
        unit="nats",
    ),
)


def estimate(settings: Settings, device: str, dtype: str) -> Estimate:
    """From a batch of games: the model and its control read all of them at every depth."""
    model, rules, known = subject_or_stand_in(settings.model, device, dtype)
    games = min(settings.batch, settings.games)
    sample = held_out(rules, games, 0, "estimate")
    seconds = timed(lambda: score(model, sample, settings.batch)) * 2 * settings.games / games
    weights = sum(p.numel() * p.element_size() for p in model.hf.parameters())
    logits = (model.depth + 1) * games * rules.plies * model.vocabulary * 4
    note = "" if known else " (not on this machine: timed with random weights of the published shape)"
    return Estimate([f"{settings.model}: {weights / 1e6:.0f} MB{note}"], 4 * weights + 4 * logits, seconds)


EXPERIMENT = Experiment(
    paper="othello",
    name="legality",
    question="Does the model play by the rules, and at which depth does it know its move?",
    presets={
        "tiny": Settings(model="othello-tiny", games=100),
        "small": Settings(),
        "paper": Settings(model=HUB, games=2000),
    },
    run=run,
    findings=FINDINGS,
    report=panels,
    estimate=estimate,
    steps=("play held-out random games", "read every depth with the logit lens", "the same with random weights"),
)
