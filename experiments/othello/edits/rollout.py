"""After an edit the model plays on, for both players: how soon is a move illegal?"""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Int8, UInt64
from torch import Tensor

from experiments.othello.edits.cases import bits
from experiments.othello.edits.reading import Change, Reader, State, read_on
from experiments.othello.edits.search import Setting
from experiments.othello.labels import Owner
from experiments.othello.rules import Rules
from experiments.othello.tokens import NO_MOVE, PADDING, decode

NOT_ASKED, ILLEGAL, LEGAL = -1, 0, 1


class Push(NamedTuple):
    """An edit: what is added, and where."""

    change: Change
    """A step."""
    setting: Setting
    """How many, at which depths."""


def roll_out(
    reader: Reader, rules: Rules, board: Int8[Tensor, "case square"], steps: int, push: Push | None = None
) -> Int8[np.ndarray, "case step"]:
    """Greedy moves of both players from `board` on: 1 legal, 0 illegal, -1 not asked.

    The edit stays at its position for all later moves. Boards follow the real rules from `board`, passes included (they
    are no tokens); a game is not asked any more after its first illegal move, when it is over, and when the model has
    no position left. Padding is illegal.
    """
    change, depths, scale = (None, (), 1.0) if push is None else (push.change, push.setting.depths, push.setting.scale)
    found = np.full((len(board), steps), NOT_ASKED, dtype=np.int8)
    begin = 0
    for logits, state, _ in reader.begin(change, depths, scale):
        rows = slice(begin, begin + len(logits))
        found[rows] = _play(reader, rules, board[rows], logits, state, steps)
        begin += len(logits)
    return found


def _play(
    reader: Reader, rules: Rules, board: Int8[Tensor, "case square"], logits: Tensor, state: State, steps: int
) -> Int8[np.ndarray, "case step"]:
    mine, theirs = (bits(board == owner) for owner in (Owner.MINE, Owner.THEIRS))
    found = np.full((len(board), steps), NOT_ASKED, dtype=np.int8)
    alive = rules.legal(mine, theirs) != 0
    for step in range(steps):
        tokens = logits.argmax(1)
        move, legal = _judge(rules, mine, theirs, tokens)
        found[alive, step] = np.where(legal[alive], LEGAL, ILLEGAL)
        alive &= legal
        if step + 1 == steps or not alive.any():
            break
        mine, theirs = _after(rules, mine, theirs, np.where(alive, move, np.uint64(0)))
        alive &= (rules.legal(mine, theirs) != 0) & (state.place.numpy() < reader.model.context)
        logits, state = read_on(reader.model, state, torch.where(torch.from_numpy(alive), tokens, PADDING))
    return found


def _judge(
    rules: Rules, mine: UInt64[np.ndarray, " case"], theirs: UInt64[np.ndarray, " case"], tokens: Tensor
) -> tuple[UInt64[np.ndarray, " case"], Bool[np.ndarray, " case"]]:
    """The moves as bitboards, and whether they are legal."""
    squares = decode(rules, tokens[:, None].numpy())[:, 0]
    on_board = squares != NO_MOVE
    move = np.where(on_board, np.uint64(1) << np.where(on_board, squares, 0).astype(np.uint64), np.uint64(0))
    return move, (rules.legal(mine, theirs) & move) != 0


def _after(
    rules: Rules,
    mine: UInt64[np.ndarray, " case"],
    theirs: UInt64[np.ndarray, " case"],
    move: UInt64[np.ndarray, " case"],
) -> tuple[UInt64[np.ndarray, " case"], UInt64[np.ndarray, " case"]]:
    """The board as the next player sees it; whoever has to pass is passed over."""
    turned = rules.flips(mine, theirs, move)
    mine, theirs = theirs ^ turned, mine | move | turned
    passes = (rules.legal(mine, theirs) == 0) & (rules.legal(theirs, mine) != 0)
    return np.where(passes, theirs, mine), np.where(passes, mine, theirs)


__all__ = ["ILLEGAL", "LEGAL", "NOT_ASKED", "Push", "roll_out"]
