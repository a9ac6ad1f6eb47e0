"""How long `othello/probes` will take and what it will hold, from a few games on this machine."""

import warnings

import torch

from experiments.estimates import Estimate, timed
from experiments.othello.boards import CLASSES, MINE, readings
from experiments.othello.probes.pipeline import FLIP_GAMES
from experiments.othello.probes.settings import Settings
from experiments.othello.sample import held_out
from experiments.othello.subject import subject_or_stand_in
from interp.activations.capture import capture
from interp.models.sites import resid
from probes import Gram, LogisticProbe, MLPProbe, ProbeWarning

GAMES = 60
"""Games that the miniature reads."""
PASSES = 50
"""Passes over the rows that the linear fits of one depth and reading take together (labels, shuffled labels, control
task, random weights), Hessians counted as the passes that they cost: a property of the boards, not of the machine."""


def estimate(settings: Settings, device: str, dtype: str) -> Estimate:
    """Reading, linear fits and MLP fits are each timed on `GAMES` games and scaled to what the run will do."""
    model, rules, known = subject_or_stand_in(settings.model, device, dtype)
    sample, depths = held_out(rules, GAMES, 0, "estimate"), model.depth + 1
    sites, middle = [resid(depth) for depth in range(depths)], resid(model.depth // 2)
    kept = torch.from_numpy(sample.trace.played[:, :-1])
    boards = readings(sample.trace)[kept].long()
    read = timed(lambda: capture(model, sample.seen, sites, batch=settings.batch, device="cpu")) / GAMES
    x = capture(model, sample.seen, middle, device="cpu")[middle][kept].float()
    mlp = MLPProbe(hidden=settings.mlp_hidden, epochs=1)
    linear = LogisticProbe(settings.ridge, tolerance=1e-9, passes=8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ProbeWarning)
        grams = timed(lambda: Gram.of(x, boards.flatten(1), CLASSES, fast=True)) / GAMES
        passes = timed(lambda: linear.fit(x, boards[:, MINE], CLASSES)) / GAMES / linear.passes_
        epochs = timed(lambda: mlp.fit(x, boards[:, MINE], CLASSES)) / GAMES
    fitted, games = settings.train_games, settings.train_games + settings.test_games
    curves = 2 if settings.dropout_model else 1
    reading = games * (2 + 2 * 4 + 2 * 2 + 2 * curves) + 3 * fitted + 2 * settings.test_games
    reading += depths * (min(FLIP_GAMES, fitted) + settings.test_games)
    seconds = (
        read * reading
        + grams * depths * fitted * (6 + 2 * curves)
        + passes * depths * (2 * PASSES * fitted + PASSES * min(FLIP_GAMES, fitted))
        + epochs * depths * 2 * 4 * settings.mlp_epochs * fitted
    )
    weights = sum(p.numel() * p.element_size() for p in model.hf.parameters())
    rows = games * kept.shape[1]
    memory = 4 * weights + min(rows * model.width * 4 * depths, 2**31) + 2.5 * depths * rows * rules.squares * 4
    note = "" if known else " (not on this machine: timed with random weights of the published shape)"
    return Estimate([f"{settings.model}: {weights / 1e6:.0f} MB{note}"], memory, seconds)


__all__ = ["estimate"]
