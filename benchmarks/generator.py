"""Random Othello games: the bitboards against the slow engine of the tests."""

import numpy as np

from benchmarks.options import Options
from benchmarks.tables import Table, at_least
from benchmarks.timing import Contestant, interleaved, rows, stopwatch
from experiments.othello.games import random_games
from experiments.othello.rules import Rules
from tests.experiments.othello.oracle import Game

MANY, FEW = 4096, 10
"""Games a call: enough for the fast one to be at its best, and for the slow one to take about as long."""
FAST, SLOW = "random_games", "readable engine"


def tables(options: Options) -> list[Table]:
    """One table: games a second on one core."""
    rules, rng = Rules(8), np.random.default_rng(options.seed)
    _require_legal(rules, rng)
    contestants = [
        Contestant(FAST, lambda: random_games(rules, MANY, rng), MANY),
        Contestant(SLOW, lambda: [_play(rng) for _ in range(FEW)], FEW),
    ]
    seconds = interleaved(
        contestants, options.repetitions, warmup=options.warmup, seed=options.seed, measure=stopwatch()
    )
    table = Table(
        "Random Othello games", f"8 x 8, {MANY} and {FEW} games a call", "games", FAST,
        rows(contestants, seconds, FAST),
    )  # fmt: skip
    claim = f"{FAST} makes at least 50 times as many games as the {SLOW}"
    table.bars.append(at_least(claim, table.row(SLOW).pairs.median, 50))
    return [table]


def _play(rng: np.random.Generator) -> Game:
    """One game of the slow engine, each move uniform among the legal ones."""
    game = Game()
    while legal := game.legal():
        game.play(legal[rng.integers(len(legal))])
    return game


def _require_legal(rules: Rules, rng: np.random.Generator) -> None:
    """Both play the same game: the slow engine accepts what the fast one made, to the end."""
    games = random_games(rules, FEW, rng)
    for moves, length in zip(games.moves, games.length, strict=True):
        game = Game()
        for move in moves[:length]:
            game.play(int(move))
        if game.legal():
            raise ValueError("a random game ended before its end")
