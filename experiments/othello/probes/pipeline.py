"""The order of the measurements, from the settings to the numbers of the record."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from experiments.othello.boards import COLOUR, MINE, readings
from experiments.othello.probes.across import measure_across
from experiments.othello.probes.ages import measure_ages
from experiments.othello.probes.board import Readings, read_board
from experiments.othello.probes.causes import causes
from experiments.othello.probes.empties import measure_empties
from experiments.othello.probes.first import compare, read_lens
from experiments.othello.probes.flips import measure_flips
from experiments.othello.probes.heads import measure_heads
from experiments.othello.probes.measured import measured
from experiments.othello.probes.metrics import Board, board_metrics
from experiments.othello.probes.played import measure_played
from experiments.othello.probes.rates import DU_PLIES, Rates
from experiments.othello.probes.screen import Screen, fit, floor, judge
from experiments.othello.probes.settings import Settings
from experiments.othello.rules import Rules
from experiments.othello.sample import Sample, held_out
from experiments.othello.subject import subject
from interp.errors import ModelError
from interp.models.fingerprint import fingerprint
from interp.models.model import Model
from interp.models.randomise import random_weights
from interp.records import Run
from probes import LogisticProbe, MLPProbe, ProbeWarning

OWNERS = ("empty", "mine", "theirs")
HEAD_GAMES = 200
"""Games over which attention is summed: patterns cost more than residual streams, and their shares vary little."""

FLIP_GAMES = 500
"""Training games for the probes of turned discs, whose curves are flat in the number of games."""
MEANS = 1e4
"""A penalty so far above the features' variances that the probe's directions are differences of class means."""


@dataclass(frozen=True)
class Subjects:
    """Who is measured on which games."""

    model: Model
    """Trained."""
    random: Model
    """The same architecture with random weights."""
    train: Sample
    """Probes and floors are fitted to these games."""
    test: Sample
    """And judged on these."""
    rates: Rates
    """Intervals over the latter."""
    dropout: Model | None
    """A model of the same board that was trained with dropout, where there is one."""


def run(settings: Settings, this: Run) -> Mapping[str, Any]:
    """Everything that the report draws and the ledger judges, as plain JSON."""
    model, rules = subject(settings.model, this.device, this.dtype)
    dropout = _with_dropout(settings, model, rules, this)
    train = held_out(rules, settings.train_games, this.seed, "probe training")
    test = held_out(rules, settings.test_games, this.seed, "probe test")
    this.note(model_hash=fingerprint(model), train_games=settings.train_games, test_games=settings.test_games)
    draw = np.random.default_rng(this.seed)
    rates = Rates(test.trace.played[:, :-1], rules.squares, draw)
    who = Subjects(model, random_weights(model, this.seed), train, test, rates, dropout)
    with warnings.catch_warnings():
        # The four squares in the middle are never empty and corners never turn: targets with one class are expected.
        warnings.simplefilter("ignore", ProbeWarning)
        board = read(settings, who, this)
        metrics = {"board": board_metrics(board, rates), **_finer(settings, who, board, draw, this)}
        metrics["causes"] = _causes(settings, who, board, this)
    return {**metrics, "findings": measured(metrics, board, rates)}


def read(settings: Settings, who: Subjects, this: Run) -> Board:
    """The board at every depth: linear and MLP probes with all controls, and closed-form ones of all readings."""

    def by(probe: LogisticProbe | MLPProbe, reading: int) -> Readings:
        return read_board(who.model, who.train, who.test, reading, probe, this.seed, settings.batch, this.say)

    linear = LogisticProbe(settings.ridge, tolerance=1e-5)
    mlp = MLPProbe(hidden=settings.mlp_hidden, epochs=settings.mlp_epochs, seed=this.seed)
    how = Screen(settings.ridge, settings.batch)
    this.say("closed-form probes of all readings")
    models = (who.model, who.random)
    closed = [fit(model, who.train, how) for model in models]
    screened = [judge(model, probes, who.test, how) for model, probes in zip(models, closed, strict=True)]
    return Board(
        linear={reading: by(linear, reading) for reading in (MINE, COLOUR)},
        mlp={reading: by(mlp, reading) for reading in (MINE, COLOUR)},
        closed=closed[0],
        closed_random=closed[1],
        screened=screened[0],
        screened_random=screened[1],
        floor=floor(who.train, who.test),
        labels=readings(who.test.trace).numpy(),
    )


def _finer(settings: Settings, who: Subjects, board: Board, draw: np.random.Generator, this: Run) -> dict[str, Any]:
    """Everything but the board by depth and the four curves."""
    models = {"trained": who.model, "random": who.random}
    right = {"trained": board.right(MINE), "random": board.right_random(MINE)}
    this.say("empty squares, and whether empty is the opposite of played")
    empties = measure_empties(
        who.model, who.random, who.train, who.test, draw, ridge=settings.ridge, batch=settings.batch
    )
    played = _played(settings, who, board, draw)
    this.say("heads by parity")
    looked = who.test.part(slice(HEAD_GAMES))
    heads = measure_heads(who.model, who.random, looked, draw, batch=min(50, settings.batch))
    this.say("flipped discs")
    few = who.train.part(slice(FLIP_GAMES))
    final = partial(LogisticProbe, settings.ridge, tolerance=1e-4)
    flips = measure_flips(models, few, who.test, draw, probe=final, batch=settings.batch)
    this.say("what comes first, ages, probes across depths")
    first = {name: compare(right[name], read_lens(one, who.test), draw) for name, one in models.items()}
    controls = {"random": right["random"][board.best], "floor": board.floor[:, :, MINE]}
    return {
        "empties": empties,
        "played": played,
        "heads": heads,
        "flips": flips,
        "first": first,
        "ages": measure_ages(right["trained"][board.best], controls, who.test.trace, draw),
        "across": _across(settings, who, board),
    }


def _played(settings: Settings, who: Subjects, board: Board, draw: np.random.Generator) -> dict[str, Any]:
    """By the closed-form probe after the first block, and by one whose penalty leaves nothing but class means."""
    rules, depth = who.test.trace.rules, min(1, who.model.depth)
    means = Screen(MEANS, settings.batch)
    return {
        name: {
            "least squares": measure_played(model, rules, closed[depth], draw),
            "class means": measure_played(model, rules, fit(model, who.train, means)[depth], draw),
        }
        for name, model, closed in (
            ("trained", who.model, board.closed), ("random", who.random, board.closed_random),
        )
    }  # fmt: skip


def _across(settings: Settings, who: Subjects, board: Board) -> dict[str, Any]:
    """Cosines of the closed-form probes of mine/theirs/empty, with the two halves of the games as a ceiling."""
    how, half = Screen(settings.ridge, settings.batch), settings.train_games // 2
    halves = [fit(who.model, who.train.part(games), how) for games in (slice(half), slice(half, None))]
    squares = who.train.trace.rules.squares
    sides = [
        [probe.weight[MINE * squares : (MINE + 1) * squares] for probe in probes]
        for probes in (board.closed, board.closed_random, *halves)
    ]
    return measure_across(sides[0], sides[1], (sides[2], sides[3]), OWNERS)


def _with_dropout(settings: Settings, model: Model, rules: Rules, this: Run) -> Model | None:
    """The model that `dropout_model` names, refused before anything is measured when it plays on another board."""
    if not settings.dropout_model:
        return None
    other, its_rules = subject(settings.dropout_model, this.device, this.dtype)
    if its_rules != rules:
        raise ModelError(f"{other.name} plays on another board than {model.name}: --dropout-model must match")
    return other


def _causes(settings: Settings, who: Subjects, board: Board, this: Run) -> dict[str, Any]:
    """The four curves of the model, and of a model of the same board that was trained with dropout."""
    models = {model.name: model for model in (who.model, who.dropout) if model is not None}
    found = {}
    for name, model in models.items():
        this.say(f"four curves: {name}")
        how = Screen(settings.ridge, settings.batch)
        found[name] = dict(causes(model, who.train, who.test, settings.dropout, this.seed, how, who.rates))
        found[name]["floor"] = who.rates(board.floor[:, :, MINE], DU_PLIES)
    return found


__all__ = ["run"]
