"""The numbers that the ledger judges, each with its control."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from experiments.othello.boards import COLOUR, MINE, MINE_BEFORE
from experiments.othello.probes.metrics import Board
from experiments.othello.probes.rates import DU_PLIES, Rates
from interp.stats import Interval, bootstrap


def measured(metrics: Mapping[str, Any], board: Board, rates: Rates) -> dict[str, Any]:
    """Value, control and further numbers of every finding of `othello/probes`."""
    return {
        **_floors(board, rates),
        **_linear(board, rates),
        **_before(board, rates),
        **_mlp(board, rates),
        **_dropout(metrics["causes"]),
        **_endgame(board, rates),
        **_finer(metrics),
    }


def _floors(board: Board, rates: Rates) -> dict[str, Any]:
    return {
        "othello-2": {"value": rates(board.floor[:, :, MINE]), "control": rates(board.labels[:, :, MINE] == 0)},
        "othello-2-embedding": {
            "value": rates(board.screened[0, :, :, MINE_BEFORE], DU_PLIES),
            "control": rates(board.floor[:, :, MINE_BEFORE], DU_PLIES),
        },
    }


def _linear(board: Board, rates: Rates) -> dict[str, Any]:
    """Whose disc against which colour, the rise with depth, and random weights."""
    mine, colour, best = board.right(MINE), board.right(COLOUR), board.best
    random, random_colour = board.right_random(MINE), board.right_random(COLOUR)
    last, first = len(mine) - 1, min(1, len(mine) - 1)
    by_depth = [one.score.per_label.value for one in board.linear[MINE].values()]
    rising = all(after > before for before, after in pairwise(by_depth[:last]))
    return {
        "othello-3": {
            "value": rates(_less(mine[best], colour[best])),
            "control": rates(_less(random[best], random_colour[best])),
        },
        "othello-4": {
            "value": rates(_less(mine[best], mine[first])),
            "control": rates(_less(random[best], random[first])),
            "extra": {
                "rising": float(rising), "highest": by_depth[best], "last": by_depth[last], "best_depth": float(best),
            },
        },
        "othello-7": {
            "value": rates(random_colour[first]),
            "control": rates(mine[best]),
            "extra": {"floor": rates(board.floor[:, :, COLOUR]).value},
        },
    }  # fmt: skip


def _before(board: Board, rates: Rates) -> dict[str, Any]:
    """The board before the move, at the last depth that Du et al. show."""
    last = max(len(board.screened) - 2, 0)

    def gap(answers: np.ndarray) -> Interval:
        return rates(_less(answers[last, :, :, MINE], answers[last, :, :, MINE_BEFORE]), DU_PLIES)

    return {
        "othello-5": {
            "value": rates(board.screened[last, :, :, MINE_BEFORE], DU_PLIES),
            "control": rates(board.floor[:, :, MINE_BEFORE], DU_PLIES),
        },
        "othello-5-gap": {"value": gap(board.screened), "control": gap(board.screened_random)},
    }


def _mlp(board: Board, rates: Rates) -> dict[str, Any]:
    best = board.best

    def gain(reading: int) -> Interval:
        mlp, linear = ([*found[reading].values()][best].right for found in (board.mlp, board.linear))
        return rates(_less(mlp, linear))

    colour = [*board.mlp[COLOUR].values()]
    first = min(1, len(colour) - 1)
    return {
        "othello-6": {"value": gain(COLOUR), "control": gain(MINE)},
        "othello-7-mlp": {"value": rates(colour[first].right_random), "control": rates(colour[first].right)},
    }


def _dropout(causes: Mapping[str, Any]) -> dict[str, Any]:
    """From the model that was trained with dropout, the last of the models, where there is one."""
    found = [*causes.values()][-1]
    return {
        "othello-5-dropout": {
            "value": found["cost of dropout"],
            "control": found["cost of the label"],
            "extra": {"both": found["cost of both"].value},
        }
    }


def _endgame(board: Board, rates: Rates) -> dict[str, Any]:
    """Plies 21 to 40 less the last ten before the last; on smaller boards the same parts of the game."""
    plies = rates.played.shape[1]
    middle, end = (slice(round(a * plies / 59), round(b * plies / 59)) for a, b in ((20, 40), (49, 59)))

    def drop(right: np.ndarray) -> Interval:
        """The mean over games of a difference within each: its share in the middle less that at the end."""
        counts = [rates.played[:, part].sum(1) * rates.squares for part in (middle, end)]
        both = (counts[0] > 0) & (counts[1] > 0)
        one, other = (
            right[both, part].sum((1, 2)) / count[both] for part, count in zip((middle, end), counts, strict=True)
        )
        return bootstrap(one - other, np.ones(both.sum()), rates.rng)

    return {
        "othello-28-endgame": {
            "value": drop(board.right(MINE)[board.best]), "control": drop(board.floor[:, :, MINE]),
        }
    }  # fmt: skip


def _finer(metrics: Mapping[str, Any]) -> dict[str, Any]:
    empties, played, heads = metrics["empties"], metrics["played"], metrics["heads"]
    flips, first, across = metrics["flips"]["models"], metrics["first"]["trained"]["first"], metrics["across"]
    sided = float(len(heads["one_sided"]["trained"]["distance"]))
    places = [empties["sites"].index(site) for site in ("mid 0", "resid 0")]
    turned = max(flips["trained"]["f1"], key=lambda interval: interval.value)
    neighbours = [row[depth + 1] for depth, row in enumerate(across["trained"]["all"][:-1]) if depth >= 2]
    return {
        "othello-8": dict(zip(("value", "control"), (empties["board"]["trained"][p] for p in places), strict=True)),
        "othello-9": {
            "value": played["trained"]["least squares"]["formula"]["mean"],
            "control": played["random"]["least squares"]["formula"]["mean"],
            "extra": {
                f"class means, {name}": played[name]["class means"]["formula"]["mean"].value for name in played
            },
        },
        "othello-10": {
            "value": heads["strongest"]["trained"]["share"], "control": heads["strongest"]["random"]["share"],
            "extra": {"one_sided": sided, "heads": float(heads["heads"])},
        },
        "othello-11": {
            "value": turned, "control": max(flips["random"]["f1"], key=lambda interval: interval.value),
            "extra": {"first_block": flips["trained"]["f1"][min(1, len(flips["trained"]["f1"]) - 1)].value},
        },
        "othello-15": {
            "value": _range(neighbours or [1.0]),
            "control": _range([row[depth] for depth, row in enumerate(across["control"]["all"])]),
            "extra": {"embedding": max(across["trained"]["all"][0][1:], default=0.0)},
        },
        "othello-28-movefirst": {
            name: first["late"][order] for name, order in (("value", "moves"), ("control", "board"))
        },
    }  # fmt: skip


def _less(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    difference: np.ndarray = one.astype(np.int8) - other
    return difference


def _range(values: list[float]) -> Interval:
    """The mean of some numbers that are no sample, with the least and the greatest of them."""
    return Interval(float(np.mean(values)), min(values), max(values), len(values))


__all__ = ["measured"]
