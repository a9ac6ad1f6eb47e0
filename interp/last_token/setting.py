"""One setting of the all-for-one subgraph: how many blocks wait, how many carry information to the last token."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from interp.errors import ShapeError


@dataclass(frozen=True)
class AllForOne:
    """The subgraph of Mamidanna et al. 2025, AF1(wait, transfer), and the variations that it is compared with.

    The first `wait` blocks do not run: the residual stream after them is put there by a boundary (the conditional
    mean, in the paper). In the next `transfer` blocks the last token attends to all tokens, in those after them to the
    sink and itself; every other token attends to the sink and itself in all of them.
    """

    wait: int
    """Blocks whose work is replaced, 0 to the depth of the model. The authors' code says 14 and waits 15 blocks."""
    transfer: int
    """Blocks after them in which the last token sees others, 0 to what is left."""
    last_n: int | None = None
    """In those, only the last so many tokens are seen (itself the first of them), beside the sink; None means all."""
    sink: bool = True
    """Whether everybody may always attend to the first token."""
    heads: Mapping[int, frozenset[int]] = field(default_factory=dict)
    """Query heads that may peek, by block; a block that is not named peeks with all of them."""

    def __post_init__(self) -> None:
        """Refuse what no model could do."""
        if self.wait < 0 or self.transfer < 0:
            raise ShapeError(f"wait and transfer are numbers of blocks, 0 or more, not {self.wait} and {self.transfer}")
        if self.last_n is not None and self.last_n < 1:
            raise ShapeError(f"last_n counts the last token itself: 1 or more, not {self.last_n}")

    def require_fits(self, depth: int) -> None:
        """Raise `ShapeError` when a model of `depth` blocks has not so many."""
        if self.wait + self.transfer > depth:
            raise ShapeError(
                f"wait {self.wait} and transfer {self.transfer} are more than the {depth} blocks of the model; "
                f"with this wait, transfer can be 0 to {max(0, depth - self.wait)}"
            )
        if strays := sorted(self.heads.keys() - set(self.peeking)):
            raise ShapeError(
                f"heads are listed for blocks {strays}, which do not peek: those that do are {self.peeking}"
            )

    @property
    def peeking(self) -> range:
        """The blocks in which the last token sees others."""
        return range(self.wait, self.wait + self.transfer)


def triangle(depth: int) -> Iterator[AllForOne]:
    """Every setting of a model of `depth` blocks, (0, 0), (0, 1) ... (depth, 0)."""
    for wait in range(depth + 1):
        for transfer in range(depth - wait + 1):
            yield AllForOne(wait, transfer)


__all__ = ["AllForOne", "triangle"]
