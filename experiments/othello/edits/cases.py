"""One case of an edit: a game up to some move, a square, and what the square shall hold in the model's eyes."""

from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from jaxtyping import Bool, Int, Int8, Shaped, UInt64
from torch import Tensor

from experiments.othello.games import replay
from experiments.othello.labels import Owner, relative
from experiments.othello.rules import Rules
from experiments.othello.tokens import decode, encode
from interp.errors import ShapeError


@dataclass(frozen=True, eq=False)
class Cases:
    """Many cases. Boards are as the player to move next sees them (`Owner`), who is the same before and after."""

    rules: Rules
    tokens: Int[Tensor, "case ply"]
    """What the model reads, 0 after the end of the history."""
    length: Int[Tensor, " case"]
    """Moves in each history; the model's answer is read, and its state changed, at position `length` - 1."""
    square: Int[Tensor, " case"]
    """The square to change."""
    target: Int8[Tensor, " case"]
    """What it shall hold: `Owner.EMPTY` to erase a disc, else the other owner."""
    board: Int8[Tensor, "case square"]
    """`Owner` of every square after the history."""
    edited: Int8[Tensor, "case square"]
    """The same with `square` changed."""
    legal: Bool[Tensor, "case square"]
    """Where the player to move may move."""
    legal_edited: Bool[Tensor, "case square"]
    """Where it might on the edited board."""
    witness: Int[Tensor, "case ply"] | None = None
    """Another legal game of the same length that ends in the edited board with the same player to move, where every
    case has one: proof that the edited board can be reached."""

    @classmethod
    def of(
        cls,
        rules: Rules,
        tokens: Int[Tensor, "case ply"],
        length: Int[Tensor, " case"],
        square: Int[Tensor, " case"],
        target: Int8[Tensor, " case"],
        witness: Int[Tensor, "case ply"] | None = None,
    ) -> "Cases":
        """Replay the histories and work out boards and legal moves. Raises `ShapeError` for an illegal history, a
        square that already holds what it shall, and a length beyond the history or 0."""
        cut = torch.where(torch.arange(tokens.shape[1]) < length[:, None], tokens, 0)
        if (
            not len(cut)
            or length.min() < 1
            or length.max() > cut.shape[1]
            or (cut[torch.arange(len(cut)), length - 1] == 0).any()
        ):
            raise ShapeError("every case needs a history of at least one move, as long as its length says")
        trace = replay(rules, decode(rules, cut.numpy()))
        rows = torch.arange(len(cut)), length - 1
        board = torch.from_numpy(relative(trace))[rows]
        if (board.gather(1, square[:, None].long())[:, 0] == target).any():
            raise ShapeError("the square of a case already holds what it shall")
        edited = board.scatter(1, square[:, None].long(), target[:, None])
        return cls(
            rules, cut, length, square, target, board, edited, legal(rules, board), legal(rules, edited), witness
        )

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def current(self) -> Int8[Tensor, " case"]:
        """What the square holds now."""
        return self.board.gather(1, self.square[:, None].long())[:, 0]

    def part(self, rows: Shaped[Tensor, " some"]) -> "Cases":
        """Some of the cases, by number or by a mask."""
        witness = None if self.witness is None else self.witness[rows]
        return Cases(
            self.rules, self.tokens[rows], self.length[rows], self.square[rows], self.target[rows], self.board[rows],
            self.edited[rows], self.legal[rows], self.legal_edited[rows], witness,
        )  # fmt: skip


def legal(rules: Rules, board: Int8[Tensor, "case square"]) -> Bool[Tensor, "case square"]:
    """Where the player to move may move on boards of `Owner`; nowhere where it has to pass."""
    mine, theirs = (bits(board == owner) for owner in (Owner.MINE, Owner.THEIRS))
    found = rules.legal(mine, theirs)
    squares = np.arange(rules.squares, dtype=np.uint64)
    return torch.from_numpy((found[:, None] >> squares & np.uint64(1)).astype(bool))


def bits(squares: Bool[Tensor, "case square"]) -> UInt64[np.ndarray, " case"]:
    """Truth values of squares as bitboards."""
    places = np.uint64(1) << np.arange(squares.shape[1], dtype=np.uint64)
    return cast(np.ndarray, (squares.numpy() * places).sum(1, dtype=np.uint64))


def move_tokens(rules: Rules, squares: Bool[Tensor, "case square"]) -> Bool[Tensor, "case token"]:
    """Squares as a mask over the vocabulary; padding is never in it, nor is the centre."""
    mask = torch.zeros(len(squares), rules.plies + 1, dtype=torch.bool)
    ids = torch.from_numpy(encode(rules, rules.playable[None]))[0]
    mask[:, ids] = squares[:, torch.from_numpy(rules.playable.astype(np.int64))]
    return mask


__all__ = ["Cases", "bits", "legal", "move_tokens"]
