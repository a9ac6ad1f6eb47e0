"""Cases of edits from random games that nobody has seen: flips, erasures, flips to boards that exist or cannot."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Int, Int64, Shaped, UInt64
from torch import Tensor

from experiments.othello.edits.cases import Cases
from experiments.othello.edits.reachable import unreachable
from experiments.othello.edits.settings import Settings
from experiments.othello.games import BLACK, random_games, replay, stream
from experiments.othello.labels import Owner
from experiments.othello.rules import Rules
from experiments.othello.tokens import NO_MOVE, encode
from experiments.othello.twins import apart, evenly
from interp.errors import InterpError

KINDS = ("flip", "erase", "natural", "unnatural")
"""A disc changes its owner or is erased at random; a flip to a board that another game reaches, or that none can."""


@dataclass(frozen=True, eq=False)
class Collection:
    """The cases of one half."""

    cases: Mapping[str, Cases]
    """By kind, each case from a game of its own; natural ones with the game that reaches the edited board."""
    drawn: Mapping[str, Mapping[str, float]]
    """How random edits come out before those without effect are left out, for "flip" and "erase": the share without
    effect on the legal moves, the share after which there is none, and the mean number of squares whose being legal
    changes."""


def collect(rules: Rules, settings: Settings, seed: int, half: Literal["choose", "report"]) -> Collection:
    """As many cases of each kind as the settings ask for in this half; the halves come from different games.

    Every case has a legal move before and after the edit, and not the same legal moves. Histories of flips and
    erasures have every length from the first to the last ply alike; natural and unnatural ones are as even as they
    come, and short, because long games hardly meet and random flips of full boards can nearly always be explained by
    some last move. Raises `InterpError` when the pool has too few cases of a kind.
    """
    count = settings.choose if half == "choose" else settings.report
    pool = _Pool(rules, settings, seed, f"edit cases {half}")
    natural = pool.natural(count)
    # What is left is shared out, so that no game gives two cases.
    shares = np.array_split(pool.rng.permutation(np.flatnonzero(~pool.used)), 3)
    flip, flips = pool.random(shares[0], count, "flip")
    erase, erasures = pool.random(shares[1], count, "erase")
    unnatural = pool.unnatural(shares[2], count)
    cases = dict(zip(KINDS, (flip, erase, natural, unnatural), strict=True))
    return Collection(cases, {"flip": flips, "erase": erasures})


def describe(cases: Cases) -> dict[str, float]:
    """Numbers to know some cases by: how many, moves of history, legal moves before and after the edit, and the squares
    that are legal on one of the two boards only (2.12 in the cases of Li et al. 2023)."""
    differ = (cases.legal ^ cases.legal_edited).sum(1)
    return {
        "count": float(len(cases)),
        "history": cases.length.double().mean().item(),
        "legal": cases.legal.sum(1).double().mean().item(),
        "legal_edited": cases.legal_edited.sum(1).double().mean().item(),
        "difference": differ.double().mean().item(),
        "without_effect": (differ == 0).double().mean().item(),
    }


class _Edits(NamedTuple):
    """Positions of a pool, each with a square to change, and what becomes of the legal moves."""

    game: Int64[np.ndarray, " row"]
    length: Int64[np.ndarray, " row"]
    square: Int64[np.ndarray, " row"]
    mine: UInt64[np.ndarray, " row"]
    """Discs of the player to move next on the edited board."""
    theirs: UInt64[np.ndarray, " row"]
    legal: UInt64[np.ndarray, " row"]
    legal_edited: UInt64[np.ndarray, " row"]

    def part(self, rows: Shaped[np.ndarray, " some"]) -> "_Edits":
        return _Edits(*(column[rows] for column in self))

    @property
    def fit(self) -> Bool[np.ndarray, " row"]:
        """Whether there is a legal move before and after, and not the same ones."""
        fits: Bool[np.ndarray, " row"] = (self.legal != 0) & (self.legal_edited != 0) & self.effect
        return fits

    @property
    def effect(self) -> Bool[np.ndarray, " row"]:
        """Whether other moves are legal on the edited board."""
        differ: Bool[np.ndarray, " row"] = self.legal != self.legal_edited
        return differ


class _Pool:
    """Games to take cases from."""

    def __init__(self, rules: Rules, settings: Settings, seed: int, purpose: str):
        last = min(settings.last_ply, rules.plies - 1)
        self.lengths = range(settings.first_ply, last + 1)
        if settings.first_ply < 1 or not self.lengths:
            raise InterpError(
                f"no history has {settings.first_ply} to {settings.last_ply} moves: first_ply must be 1 or more, and "
                f"at most last_ply and {rules.plies - 1}, the most moves that a model of this board reads."
            )
        self.rules, self.settings, self.rng = rules, settings, stream(seed, f"{purpose}: choices", 0)
        self.moves = random_games(rules, settings.pool, stream(seed, purpose, 0)).moves[:, :last]
        self.trace = replay(rules, self.moves)
        self.used = np.zeros(settings.pool, bool)

    def natural(self, count: int) -> Cases:
        """Flips after which the board is one that another game reaches after as many moves."""
        pairs = apart(self.trace, self.lengths, self.rng)
        pairs = pairs.part(self.edits(pairs.first, pairs.length, pairs.square, "flip").fit)
        _require(len(pairs), count, "natural", self.settings)
        pairs = pairs.part(evenly(pairs.length, count, self.rng))
        self.used[pairs.first] = self.used[pairs.second] = True
        edits = self.edits(pairs.first, pairs.length, pairs.square, "flip")
        return self.cases(edits, "flip", self.tokens(pairs.second, pairs.length))

    def random(self, games: Int64[np.ndarray, " game"], count: int, kind: str) -> tuple[Cases, dict[str, float]]:
        """An edit of a random disc at a random ply of each game: the first that fit, and how all come out."""
        games, length, discs = self.positions(games)
        if kind == "erase":
            discs[:, list(self.rules.centre)] = False
        square = (self.rng.random(discs.shape) * discs).argmax(1)
        edits = self.edits(games, length, square, kind)
        fits = np.flatnonzero(edits.fit)
        _require(len(fits), count, kind, self.settings)
        drawn = {
            "count": float(len(games)),
            "without_effect": float((~edits.effect).mean()),
            "without_move": float((edits.legal_edited == 0).mean()),
            "difference": float(np.bitwise_count(edits.legal ^ edits.legal_edited).mean()),
        }
        return self.cases(edits.part(fits[:count]), kind), drawn

    def unnatural(self, games: Int64[np.ndarray, " game"], count: int) -> Cases:
        """Flips after which the board is proved unreachable: a random one of those at a random ply of each game."""
        games, length, discs = self.positions(games)
        row, square = np.nonzero(discs)
        mixed = self.rng.permutation(len(row))
        row, square = row[mixed], square[mixed]
        edits = self.edits(games[row], length[row], square, "flip")
        edits = edits.part(edits.fit)
        edits = edits.part(unreachable(self.rules, edits.mine, edits.theirs))
        edits = edits.part(np.unique(edits.game, return_index=True)[1])
        _require(len(edits.game), count, "unnatural", self.settings)
        return self.cases(edits.part(evenly(edits.length, count, self.rng)), "flip")

    def positions(
        self, games: Int64[np.ndarray, " game"]
    ) -> tuple[Int64[np.ndarray, " row"], Int64[np.ndarray, " row"], Bool[np.ndarray, "row square"]]:
        """One position of each game that goes on after it: game, moves made, and where discs lie."""
        length = self.rng.integers(self.lengths.start, self.lengths.stop, len(games))
        goes_on = self.trace.played[games, length - 1] & (self.trace.legal[games, length - 1] != 0)
        games, length = games[goes_on], length[goes_on]
        discs = (self.trace.black | self.trace.white)[games, length - 1]
        places = np.uint64(1) << np.arange(self.rules.squares, dtype=np.uint64)
        return games, length, (discs[:, None] & places) != 0

    def edits(
        self,
        game: Int64[np.ndarray, " row"],
        length: Int64[np.ndarray, " row"],
        square: Int64[np.ndarray, " row"],
        kind: str,
    ) -> _Edits:
        """The boards after flipping or erasing a disc, and the legal moves of the same player as before."""
        at, bit = (game, length - 1), np.uint64(1) << square.astype(np.uint64)
        black, white = self.trace.black[at], self.trace.white[at]
        black, white = (black & ~bit, white & ~bit) if kind == "erase" else (black ^ bit, white ^ bit)
        black_next = self.trace.next_mover[at] == BLACK
        mine, theirs = np.where(black_next, black, white), np.where(black_next, white, black)
        legal_edited = self.rules.legal(mine, theirs)
        return _Edits(game, length, square, mine, theirs, self.trace.legal[at], legal_edited)

    def cases(self, edits: _Edits, kind: str, witness: Int[Tensor, "row ply"] | None = None) -> Cases:
        """Edits as cases."""
        after = np.where(edits.mine >> edits.square.astype(np.uint64) & np.uint64(1), Owner.MINE, Owner.THEIRS)
        target = np.full(len(after), Owner.EMPTY) if kind == "erase" else after
        return Cases.of(
            self.rules,
            self.tokens(edits.game, edits.length),
            torch.from_numpy(edits.length),
            torch.from_numpy(edits.square),
            torch.from_numpy(target.astype(np.int8)),
            witness,
        )

    def tokens(self, game: Int64[np.ndarray, " row"], length: Int64[np.ndarray, " row"]) -> Int[Tensor, "row ply"]:
        """Histories as tokens, 0 after their end."""
        moves = np.where(np.arange(self.moves.shape[1]) < length[:, None], self.moves[game], NO_MOVE)
        return torch.from_numpy(encode(self.rules, moves.astype(np.uint8)))


def _require(found: int, count: int, kind: str, settings: Settings) -> None:
    """Raise where there are too few cases."""
    if found < count:
        raise InterpError(
            f"{settings.pool:,} random games have {found} {kind} cases with histories of {settings.first_ply} to "
            f"{settings.last_ply} moves, and {count} are wanted: raise `pool`, or lower `choose` and `report`."
        )


__all__ = ["KINDS", "Collection", "collect", "describe"]
