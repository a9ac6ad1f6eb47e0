"""Coverage and reconstruction by depth, of dictionaries, probes and neurons, for the board and for legal moves."""

from collections.abc import Iterable
from typing import Any

from experiments.othello.dictionaries import kinds
from experiments.othello.dictionaries.board_game.scores import Halves, score
from experiments.othello.dictionaries.board_game.seen import (
    NEURONS,
    PROBE,
    RANDOM_NEURONS,
    Pair,
    dictionary,
    neurons,
    probe,
)
from experiments.othello.dictionaries.subjects import Subjects
from interp.dictionaries.evaluation import evaluate
from interp.models.sites import resid


def measure(who: Subjects) -> dict[str, Any]:
    """By set, question ("board", "legal") and measure a list over depths; None where there is nothing to measure.

    `quality` holds explained variance, L0 and dead share of every dictionary on the report half. Whatever carries an
    interval was chosen on the select half and measured on the report half, whose games are resampled; see `score` for
    the numbers as they are published.
    """
    halves = Halves.of(who)
    seen = {
        **{name: dictionary(who, name) for name in kinds.SETS},
        PROBE: probe(who),
        NEURONS: neurons(who, who.model),
        RANDOM_NEURONS: neurons(who, who.random),
    }
    return {
        "depths": list(who.depths),
        "games": len(set(who.report.game.tolist())),
        "sets": {name: _by_depth(who, name, latents, halves) for name, latents in seen.items()},
        "quality": {name: [_quality(who, name, depth) for depth in who.depths] for name in kinds.SETS},
    }


def _by_depth(who: Subjects, name: str, seen: Iterable[tuple[int, Pair]], halves: Halves) -> dict[str, Any]:
    """Scores with the depth as the innermost list."""
    scores = {}
    for depth, (select, report) in seen:
        scores[depth] = score(select, report, halves, who.rng(f"board game {name} {depth}"))
    one = next(iter(scores.values()))
    return {
        question: {
            key: [scores[depth][question][key] if depth in scores else None for depth in who.depths] for key in names
        }
        for question, names in one.items()
    }


def _quality(who: Subjects, name: str, depth: int) -> dict[str, Any]:
    """How well a dictionary reconstructs the rows that it is judged on, and with how many latents."""
    rows = who.activations(who.owner(name), resid(depth), who.report)
    found = evaluate(
        who.dictionaries[name][depth], rows, documents=who.report.game, generator=who.rng(f"quality {name} {depth}")
    )
    return {
        "explained_variance": found.explained_variance_interval, "l0": found.l0_interval, "dead": found.dead_share,
    }  # fmt: skip


__all__ = ["measure"]
