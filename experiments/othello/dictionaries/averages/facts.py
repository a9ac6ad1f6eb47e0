"""What the strongest rows of a latent have in common that rows of the same plies do not."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from experiments.othello.dictionaries.averages.squares import LEGAL, MOVED, THEIRS, Squares
from experiments.othello.dictionaries.averages.strongest import LEAST, Strongest

FOUND, CONFIRMED = 0.99, 0.95
"""Of the strongest rows, those in which a square has one owner: to be found, and to be found again in other games."""
MOVE, MAY = 0.90, 0.95
"""Those in which one square is the last move, and in which a square may be the next."""
USUAL = 0.80
"""What as many of the rows to compare with share is no news."""

CLASSES = NONE, LAST, SINGLE, CONJUNCTION = "none", "current move", "single square", "conjunction"


@dataclass(frozen=True, eq=False)
class Facts:
    """What holds where each latent is strongest; found on one half of the games and confirmed on the other."""

    judged: Bool[Tensor, " latent"]
    """Whether it has enough rows on the half where facts are found."""
    found: Bool[Tensor, "latent owner square"]
    """Squares with one owner (mine, theirs) that the ply does not explain, before they are confirmed."""
    squares: Bool[Tensor, "latent owner square"]
    """Those that are confirmed."""
    beyond: Bool[Tensor, "latent owner square"]
    """Those of them that the last move does not explain either: the square just played is theirs (mine after a
    pass)."""
    moved: Int64[Tensor, " latent"]
    """The square of the last move where there is but one; otherwise -1."""
    legal: Bool[Tensor, "latent square"]
    """Squares where the next move may be made, again beyond what the ply explains."""

    @property
    def kinds(self) -> Int64[Tensor, " latent"]:
        """The place in `CLASSES` of each latent: one fact, the last move or a square; two or more; or none."""
        squares, move = self.beyond.sum((1, 2)), (self.moved >= 0).long()
        one = torch.where(move > 0, CLASSES.index(LAST), CLASSES.index(SINGLE))
        facts = squares + move
        return torch.where(facts > 1, CLASSES.index(CONJUNCTION), torch.where(facts == 1, one, CLASSES.index(NONE)))


def facts(select: Squares, report: Squares, top: Strongest, again: Strongest) -> Facts:
    """What is found in the strongest rows `top` of one half and confirmed in those of the other, `again`.

    A latent needs `LEAST` rows on the first half and half as many on the second.
    """
    judged = top.count >= LEAST
    enough = judged & (again.count >= LEAST // 2)
    there, usual, after, other = select.mean(top), select.at_ply(top), select.after_move(top), report.mean(again)
    news = (usual <= USUAL) & enough[:, None, None]
    owners = slice(0, THEIRS + 1)
    found = (there >= FOUND) & (usual <= USUAL) & judged[:, None, None]
    squares = found[:, owners] & news[:, owners] & (other[:, owners] >= CONFIRMED)
    return Facts(
        judged, found[:, owners], squares, squares & (after[:, owners] <= USUAL),
        _square((torch.minimum(there, other)[:, MOVED] >= MOVE) & news[:, MOVED]),
        (torch.minimum(there, other)[:, LEGAL] >= MAY) & news[:, LEGAL],
    )  # fmt: skip


def _square(mask: Bool[Tensor, "latent square"]) -> Int64[Tensor, " latent"]:
    """Where the mask is true, which it is once at most; -1 for a latent where it never is."""
    return torch.where(mask.any(1), mask.long().argmax(1), -1)


__all__ = ["CLASSES", "CONFIRMED", "CONJUNCTION", "FOUND", "LAST", "MAY", "MOVE", "NONE", "SINGLE", "USUAL", "Facts",
           "facts"]  # fmt: skip
